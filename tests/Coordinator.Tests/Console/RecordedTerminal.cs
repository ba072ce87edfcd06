using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Tests.Console;

/// <summary>A terminal that records what is written on it; xterm.js says what a person would have seen.</summary>
internal sealed class RecordedTerminal : IAnsiConsoleOutput, IDisposable
{
    private readonly JsonArray _steps = [];
    private readonly (int Columns, int Rows) _start;
    private readonly StringWriter _written = new();

    public RecordedTerminal(int columns, int rows = 24, bool colors = true)
    {
        (Width, Height) = _start = (columns, rows);
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = colors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = this,
        });
        Console.Profile.Capabilities.Unicode = true;
    }

    public IAnsiConsole Console { get; }

    public TextWriter Writer => _written;

    /// <summary>What has been written since the last resize.</summary>
    public string Written => _written.ToString();

    public bool IsTerminal => true;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public void SetEncoding(Encoding encoding)
    {
    }

    public void Dispose() => _written.Dispose();

    public void Resize(int columns, int rows)
    {
        Note();
        _steps.Add(new JsonArray(columns, rows));
        (Width, Height) = (columns, rows);
    }

    /// <summary>The terminal as it stands now.</summary>
    public async Task<Seen> LookAsync()
    {
        Note();
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "@xterm", "headless")),
            "needs the npm packages of tests/peers: build/setup --tests");
        var record = new JsonObject
        {
            ["columns"] = _start.Columns,
            ["rows"] = _start.Rows,
            ["steps"] = _steps.DeepClone(),
        };
        var seen = await Executables.OutputOfAsync(
            new ProcessStartInfo(node, ["terminal.mjs"]) { WorkingDirectory = peers }, input: record.ToJsonString());
        return JsonSerializer.Deserialize<Seen>(seen, JsonSerializerOptions.Web)!;
    }

    private void Note()
    {
        _steps.Add(_written.ToString());
        _written.GetStringBuilder().Clear();
    }

    /// <param name="Above">Lines that have passed by.</param>
    /// <param name="Screen">Lines, without blanks at their ends.</param>
    internal sealed record Seen(IReadOnlyList<string> Above, IReadOnlyList<string> Screen)
    {
        /// <summary>All of it, but for blank lines at the end.</summary>
        public IReadOnlyList<string> Lines =>
            [.. Above.Concat(Screen).Reverse().SkipWhile(line => line.Length == 0).Reverse()];
    }
}

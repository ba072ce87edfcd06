using System.Text;
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
    public Task<PlayedTerminal> LookAsync()
    {
        Note();
        return PlayedTerminal.PlayAsync(_start.Columns, _start.Rows, _steps);
    }

    private void Note()
    {
        _steps.Add(_written.ToString());
        _written.GetStringBuilder().Clear();
    }
}

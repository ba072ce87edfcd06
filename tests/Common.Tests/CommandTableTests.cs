using System.CommandLine;
using System.Globalization;

namespace FineWebTorch.Common.Tests;

/// <summary>Options from the command line, variables and files, as a program with two commands sees them.</summary>
public sealed class CommandTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("common-cli-").FullName;
    private readonly Dictionary<string, string> _variables = [];
    private Request? _request;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Option_FromSeveralPlaces_CommandLineThenVariableThenFileThenDefault()
    {
        Assert.Equal(10, (await ReadAsync("go in")).Rows);
        var config = "go in --config " + Write("options.toml", "rows = 1\nname = \"file\"");
        Assert.Equal((1, "file"), ((await ReadAsync(config)).Rows, _request!.Name));
        _variables["FINEWEB_ROWS"] = "2";
        Assert.Equal((2, "file"), ((await ReadAsync(config)).Rows, _request.Name));
        Assert.Equal((3, "file"), ((await ReadAsync(config + " --rows 3")).Rows, _request.Name));
    }

    [Fact]
    public async Task File_NamedByAVariable_IsRead()
    {
        _variables["FINEWEB_CONFIG"] = Write("options.json", """{"rows": 7, "dry_run": true, "go": {"name": "x"}}""");

        Assert.Equal(new Request { Input = "in", Rows = 7, DryRun = true, Name = "x" }, await ReadAsync("go in"));
    }

    [Fact]
    public async Task File_SectionOfTheCommand_CountsBeforeTheTop_AndOthersDoNot() => Assert.Equal(
        5, (await ReadAsync("go in --config " + Write(
            "a.toml", "rows = 4\nspeed = 1\n[go]\nrows = 5\n[stop]\nspeed = 2\n[score]\nformat = 3"))).Rows);

    [Theory]
    [InlineData("a.toml", "rwos = 4", "a.toml: rwos: no such option; did you mean rows?")]
    [InlineData("a.toml", "[og]\nrows = 4", "a.toml: [og]: no such command; did you mean go?")]
    [InlineData("a.toml", "[go]\nspeed = 4", "a.toml: [go] speed: no such option")]
    [InlineData("a.toml", "rows = \"x\"", "a.toml: rows = x: give a whole number of 1 or more")]
    [InlineData("a.toml", "dry-run = 7", "a.toml: dry-run = 7: give true or false")]
    [InlineData("a.toml", "rows = [1, 2]", "a.toml: rows = 1: given 2 times; give it once")]
    [InlineData("a.toml", "rows = 1979-05-27", "a.toml: rows: give a text, a number")]
    [InlineData("a.toml", "rows = ", "a.toml: ")]
    [InlineData("a.toml", "INPUT = \"in\"", "a.toml: INPUT: no such option")]
    [InlineData("a.toml", "config = \"b.toml\"", "a.toml: config: no such option")]
    [InlineData("a.json", "{\"rows\": 1, \"rows\": 2}", "a.json: ")]
    [InlineData("a.json", "[]", "a.json: give an object")]
    [InlineData("a.json", "{\"rows\": null}", "a.json: rows: give a text")]
    [InlineData("a.yaml", "rows: 4", "give a file that ends in .toml or .json")]
    public async Task File_Wrong_IsRefusedWithItsName(string file, string text, string message)
    {
        var (exitCode, error) = await Run("go in --config " + Write(file, text));

        Assert.Equal((ExitCode.Usage, 1), (exitCode, error.TrimEnd('\n').Split('\n').Length));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Null(_request);
    }

    [Fact]
    public async Task File_ThatIsNotThere_IsRefused() =>
        Assert.Contains(
            "--config no.toml: no such file", (await Run("go in --config no.toml")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("FINEWEB_ROWS", "x", "FINEWEB_ROWS=x: give a whole number of 1 or more")]
    [InlineData("FINEWEB_DRY_RUN", "maybe", "FINEWEB_DRY_RUN=maybe: give true or false")]
    public async Task Variable_Wrong_IsNamed(string name, string text, string message)
    {
        _variables[name] = text;

        Assert.Contains(message, (await Run("go in")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("True", true)]
    [InlineData("off", false)]
    [InlineData("", false)]
    public async Task Variable_OfAFlag_IsTrueOrFalse(string text, bool isSet)
    {
        _variables["FINEWEB_DRY_RUN"] = text;

        Assert.Equal(isSet, (await ReadAsync("go in")).DryRun);
        Assert.False((await ReadAsync("go in --dry-run false")).DryRun);
        Assert.True((await ReadAsync("go in --dry-run")).DryRun);
    }

    [Fact]
    public async Task Variable_OfWhatIsTypedOtherwise_DoesNotCount()
    {
        _variables["FINEWEB_VERBOSE"] = "1";

        Assert.Equal(0, (await Run("go in --quiet")).ExitCode);
        _variables["FINEWEB_QUIET"] = "1";
        Assert.Contains("exclude each other", (await Run("go in")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "name a command: go, stop or completion")]
    [InlineData("og", "og: tool has no such command; did you mean go?")]
    [InlineData("go", "INPUT is missing")]
    [InlineData("go a b", "b: tool go takes no more arguments")]
    [InlineData("go in --rows", "--rows: give a value, --rows N")]
    [InlineData("go in --rows 1 --rows 2", "--rows 1: given 2 times; give it once")]
    [InlineData("go in --orws 5", "--orws: tool go has no such option; did you mean --rows?")]
    [InlineData("go in --rows x --name y", "--rows x: give a whole number of 1 or more; --name y: give file or x")]
    [InlineData("go in --name flie", "--name flie: give file or x; did you mean file?")]
    public async Task CommandLine_Wrong_SaysWhatToGive(string line, string message)
    {
        var (exitCode, error) = await Run(line);

        Assert.Equal((ExitCode.Usage, 1), (exitCode, error.TrimEnd('\n').Split('\n').Length));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Argument_ThatMayComeSeveralTimes_IsSetForEach() =>
        Assert.Equal("a+b+@c", (await ReadAsync("stop a b @c")).Input);

    private async Task<Request> ReadAsync(string line)
    {
        _request = null;
        Assert.Equal((0, ""), await Run(line));
        return _request!;
    }

    private async Task<(int ExitCode, string Error)> Run(string line)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var root = new RootCommand
        {
            new CommandTable<Request>(Settings, Keep).Complete(new Command("go")),
            new CommandTable<Request>(OtherSettings, Keep).Complete(new Command("stop")),
        };
        var exitCode = await CommandLineApp.RunAsync(
            root, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), TestContext.Current.CancellationToken, error,
            name => _variables.GetValueOrDefault(name));
        return (exitCode, error.ToString().Replace(root.Name, "tool", StringComparison.Ordinal));
    }

    private Task<int> Keep(Request request, CommandContext context, CancellationToken cancellation)
    {
        _request = request;
        return Task.FromResult(ExitCode.Success);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static Setting<Request>[] Settings =>
    [
        new("INPUT", "INPUT", "What to read", Default: null, (request, text) => request with { Input = text })
        {
            IsRequired = true,
        },
        new("--rows", "N", "How many", "10",
            (request, text) => request with { Rows = OptionText.Whole(text, 1, int.MaxValue) }),
        Setting.Flag<Request>("--dry-run", "Do nothing", request => request with { DryRun = true }),
        Setting.OneOf<Request>(
            "--name", "NAME", "Whose", ["file", "x"], (request, text) => request with { Name = text }),
    ];

    private static Setting<Request>[] OtherSettings =>
    [
        new("INPUT", "INPUT", "What to read", Default: null,
            (request, text) => request with { Input = request.Input is null ? text : $"{request.Input}+{text}" })
        {
            IsRepeatable = true,
        },
        new("--speed", "N", "How fast", "10",
            (request, text) => request with { Rows = int.Parse(text, CultureInfo.InvariantCulture) }),
    ];

    private sealed record Request
    {
        public string? Input { get; init; }

        public int Rows { get; init; }

        public bool DryRun { get; init; }

        public string Name { get; init; } = "";
    }
}

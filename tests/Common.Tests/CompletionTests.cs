using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common.Tests;

/// <summary>The scripts, in the shells themselves.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompletionTests()
    {
        _folder.Write("in put.parquet", "");
        _folder.Write("zed.jsonl", "");
        Directory.CreateDirectory(_folder.File("models"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bin/tool|s", "score status")]
    [InlineData("tool|fleet|", "start all stop")]
    [InlineData("tool|fleet|start|--fo", "--format")]
    [InlineData("tool|fleet|start|--format|t", "table")]
    [InlineData("tool|fleet|--fo", "")]
    [InlineData("tool|start|--fo", "")]
    [InlineData("tool|--th", "--threads")]
    [InlineData("tool|score|--fo", "--format")]
    [InlineData("tool|score|--format|", "table jsonl")]
    [InlineData("tool|score|--format|=|j", "jsonl")]
    [InlineData("tool|score|--threads|", "")]
    [InlineData("tool|score|i", "in put.parquet")]
    [InlineData("tool|score|--model|", "models")]
    [InlineData("tool|score|--quiet|z", "zed.jsonl")]
    [InlineData("tool|status|", "")]
    [InlineData("tool|--threads|4|sc", "score")]
    public async Task Bash_OffersWhatMayFollow(string words, string offered)
    {
        var script = Script("bash") +
            "COMP_WORDS=(" + string.Join(' ', words.Split('|').Select(word => $"'{word}'")) + ")\n" +
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_complete_tool\nprintf '%s' \"${COMPREPLY[*]}\"\n";

        Assert.Equal(offered, await RunAsync("bash", ["--norc", _folder.Write("test.bash", script)]));
    }

    [Theory]
    [InlineData("tool s", "score status")]
    [InlineData("tool fleet s", "start stop")]
    [InlineData("tool fleet start --fo", "--format")]
    [InlineData("tool fleet --fo", "")]
    [InlineData("tool score --fo", "--format")]
    [InlineData("tool score --format=j", "--format=jsonl")]
    [InlineData("tool score z", "zed.jsonl")]
    [InlineData("tool score --model m", "models/")]
    [InlineData("tool status x", "")]
    public async Task Fish_OffersWhatMayFollow(string line, string offered)
    {
        var script = _folder.Write("test.fish", Script("fish"));

        var output = await RunAsync("fish", ["--no-config", "-c", $"source {script}; complete -C '{line}'"]);

        Assert.Equal(
            offered, string.Join(' ', output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(choice => choice.Split('\t')[0]).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData(@"tool sco\t--form\tj\tz\t", "score --format=jsonl zed.jsonl")]
    [InlineData(@"tool --thr\t4 sta\t", "--threads=4 status")]
    [InlineData(@"tool fl\tsta\t--form\tj\t", "fleet start --format=jsonl")]
    [InlineData(@"tool fl\tsto\t", "fleet stop")]
    [InlineData(@"tool score --mod\t\t", "score --model=models")]
    public async Task Zsh_CompletesWhatIsTyped(string keys, string line)
    {
        var completion = _folder.Write("_tool", Script("zsh"));
        // The line is typed at a terminal, and the program says what it was given.
        var script = _folder.Write("test.zsh", $$"""
            zmodload zsh/zpty
            export TERM=dumb
            zpty shell zsh -f -i
            zpty -w shell "autoload -U compinit; compinit -u -D; source {{completion}}"
            zpty -w shell "tool() { print -r -- \"GIVEN<\$*>\" }; print START''ED"
            zpty -r -m shell seen '*STARTED*'
            zpty -n -w shell $'{{keys}}\n'
            zpty -r -m shell seen '*GIVEN<*>*'
            print -rn -- ${${seen##*GIVEN<}%%>*}
            """);

        Assert.Equal(line, await RunAsync("zsh", ["-f", script]));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Script_NamesEveryOption(string shell) => Assert.All(
        Settings.Where(setting => !setting.IsArgument),
        setting => Assert.Matches(new Regex($@"(--|-l ){setting.Key}\b"), Script(shell)));

    private static string Script(string shell) => CompletionCommand.ScriptOf(Tool(), shell);

    private static Command Tool()
    {
        var score = new CommandTable<Request>(Settings, Run)
            .Complete(new Command("score", "Score it's [all]: \"now\""));
        var status = new CommandTable<Request>([], Run).Complete(new Command("status", "Show $HOME"));
        var start = new CommandTable<Request>([Settings[3]], Run).Complete(new Command("start", "Start it"));
        var action = Settings[0] with { Name = "ACTION", Words = ["all", "stop"], Paths = PathKind.None };
        var fleet = new CommandTable<Request>([action], Run).Complete(new Command("fleet", "Many") { start });
        return new CommandTable<Request>([Settings[1]], Run).Complete(new Command("tool") { score, status, fleet });
    }

    private static Task<int> Run(Request request, CommandContext context, CancellationToken cancellation) =>
        Task.FromResult(ExitCode.Success);

    private async Task<string> RunAsync(string shell, string[] arguments)
    {
        var start = new ProcessStartInfo(Executables.Require(shell), arguments) { WorkingDirectory = _folder.Path };
        return (await Executables.OutputOfAsync(start)).ReplaceLineEndings("\n");
    }

    private static Setting<Request>[] Settings { get; } =
    [
        new("INPUT", "INPUT", "What to read", Default: null, (request, _) => request)
        {
            Paths = PathKind.File,
            IsRepeatable = true,
        },
        new("--threads", "N", "How many [1..8]: 'some'", "1", (request, _) => request),
        new("--model", "DIR|REPO", "Which", Default: null, (request, _) => request) { Paths = PathKind.Folder },
        new("--format", "NAME", "How", Default: null, (request, _) => request)
        {
            Words = ["table", "jsonl"],
        },
        Setting.Flag<Request>("--quiet", "Say nothing", request => request),
    ];

    private sealed record Request;
}

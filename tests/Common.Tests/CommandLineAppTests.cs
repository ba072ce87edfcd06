using System.CommandLine;

namespace FineWebTorch.Common.Tests;

public class CommandLineAppTests
{
    [Fact]
    public async Task RunAsync_UserError_PrintsItsLineAndExitCode()
    {
        var (exit, output) = await Run(() => throw new UserErrorException("no such\nthing", 3), "go");
        Assert.Equal((3, "tool: no such thing"), (exit, output));
    }

    [Fact]
    public async Task RunAsync_UnexpectedError_NamesItsKindWithoutStackTrace()
    {
        var (exit, output) = await Run(() => throw new ArgumentNullException("x"), "go");
        Assert.Equal(ExitCode.Failure, exit);
        Assert.Contains("unexpected error: ArgumentNullException", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ErrorWithVerbose_AddsStackTrace()
    {
        var (_, output) = await Run(() => throw new InvalidDataException("bad file"), "go", "--verbose");
        Assert.StartsWith("tool: bad file", output, StringComparison.Ordinal);
        Assert.Contains("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_MistypedCommand_IsToldWhatWasMeant()
    {
        var (exit, output) = await Run(() => { }, "goo");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("goo: tool has no such command; did you mean go?", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);
    }

    [Fact]
    public async Task RunAsync_MistypedOption_IsToldWhatWasMeant_AndItsValueIsNot()
    {
        var (exit, output) = await Run(() => { }, "go", "--verbos", "h");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains(
            "--verbos: tool go has no such option; did you mean --verbose?", output, StringComparison.Ordinal);
        Assert.DoesNotContain("mean -h", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);
    }

    [Fact]
    public async Task RunAsync_UnknownOption_IsOneUsageLine()
    {
        var (exit, output) = await Run(() => { }, "go", "--nonsense");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("--nonsense", output, StringComparison.Ordinal);
        Assert.Contains("tool go --help", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);
    }

    [Fact]
    public async Task RunAsync_CommandOfACommand_IsBoundByItsOwnOptionsAndNamedWhole()
    {
        Assert.Equal((4, ""), await RunAsync(Fleet(), "fleet", "start", "--count", "1234"));
        Assert.Equal((-5, ""), await RunAsync(Fleet(), "fleet", "other"));
        var (exit, output) = await RunAsync(Fleet(), "fleet", "start", "--cuont", "3");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("--cuont: tool fleet start has no such option; did you mean --count?", output, StringComparison.Ordinal);
        Assert.Contains("'tool fleet start --help'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Cancelled_Exits130()
    {
        var (exit, _) = await Run(() => throw new OperationCanceledException(), "go");
        Assert.Equal(ExitCode.Interrupted, exit);
    }

    [Fact]
    public async Task RunAsync_Success_ReturnsTheCommandsExitCodeAndPrintsNothing() =>
        Assert.Equal((0, ""), await Run(() => { }, "go"));

    private static async Task<(int Exit, string Error)> Run(Action action, params string[] args)
    {
        var command = new Command("go");
        command.SetAction((_, _) =>
        {
            action();
            return Task.FromResult(0);
        });
        return await RunAsync(command, args);
    }

    private static async Task<(int Exit, string Error)> RunAsync(Command command, params string[] args)
    {
        var root = new RootCommand { command };
        using var error = new StringWriter();
        var exit = await CommandLineApp.RunAsync(
            root, args, TestContext.Current.CancellationToken, error);
        return (exit, error.ToString().Trim().Replace(root.Name, "tool", StringComparison.Ordinal));
    }

    /// <summary>It takes a word, and so does a command below it.</summary>
    private static Command Fleet()
    {
        var start = new CommandTable<Request>(
            [new("--count", "N", "How many", "1", (_, text) => new Request(text))],
            (request, _, _) => Task.FromResult(request.Text.Length)).Complete(new Command("start"));
        return new CommandTable<Request>(
            [new("NAME", "NAME", "Of it", Default: null, (_, text) => new Request(text)) { IsRepeatable = true }],
            (request, _, _) => Task.FromResult(-request.Text.Length)).Complete(new Command("fleet") { start });
    }

    private sealed record Request(string Text)
    {
        public Request()
            : this("")
        {
        }
    }
}

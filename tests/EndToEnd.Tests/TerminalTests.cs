using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A run on a terminal of the system's own, as a person has it.</summary>
public sealed partial class TerminalTests : IDisposable
{
    /// <summary>The shell writes it between the sizes; it sets the title, which is seen nowhere.</summary>
    private const string Resized = "\e]0;resized\a";

    private readonly RunFolder _folder = new(copies: 6);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_TerminalGetsSmallerInItsMiddle_LeavesItsEventsAndItsSummary()
    {
        // The record begins with this command itself, which the pattern does not match.
        const string resize = "{ until grep -q 'docs[/]s' $RECORD 2>/dev/null; do sleep 0.1; done; " +
            "stty cols 60 rows 20 </dev/tty; printf '\\033]0;resized\\007'; } & ";
        var written = await RunAsync("resized", 0, before: resize);

        Assert.Contains(Resized, written, StringComparison.Ordinal);
        var parts = written.Split(Resized);
        Assert.Contains("docs/s", parts[0], StringComparison.Ordinal);
        Assert.Contains("docs/s", parts[1], StringComparison.Ordinal);
        var seen = await PlayedTerminal.PlayAsync(100, 30, [parts[0], new JsonArray(60, 20), parts[1]]);
        Assert.Equal(24, _folder.Shards("resized").Count);
        Assert.DoesNotContain(seen.Lines, line => line.Contains('█', StringComparison.Ordinal));
        Assert.DoesNotContain(seen.Lines, line => line.StartsWith(" docs/s", StringComparison.Ordinal));
        Assert.Single(seen.Lines, line => line.StartsWith("finished: 24 of 24 files", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.StartsWith("shards: ", StringComparison.Ordinal));
        AssertCursorIsSeen(written);
    }

    [Fact]
    public async Task Run_EndedByControlC_LeavesACursorAndTheCommandThatGoesOn()
    {
        const string interrupt =
            "{ until grep -q 'docs[/]s' $RECORD 2>/dev/null; do sleep 0.1; done; printf '\\003'; sleep 600; }";
        var written = await RunAsync("interrupted", 130, input: interrupt);

        var seen = await PlayedTerminal.PlayAsync(100, 30, [written]);
        Assert.DoesNotContain(seen.Lines, line => line.Contains('█', StringComparison.Ordinal));
        Assert.Contains(
            seen.Lines, line => line.StartsWith("coordinator: interrupted; to go on:", StringComparison.Ordinal));
        AssertCursorIsSeen(written);
    }

    [Fact]
    public async Task Run_TerminalWithoutColours_ShowsTheSameInNone()
    {
        var written = await RunAsync("plain", 0, environment: "NO_COLOR=1 TERM=xterm-256color");

        Assert.Contains("█", written, StringComparison.Ordinal);
        Assert.DoesNotMatch(Colour(), written);
    }

    [Fact]
    public async Task Run_TerminalThatCannotMoveItsCursor_GetsLines()
    {
        var written = await RunAsync("dumb", 0, environment: "TERM=dumb");

        Assert.DoesNotContain("\e", written, StringComparison.Ordinal);
        Assert.Contains(" is done: ", written, StringComparison.Ordinal);
        Assert.Contains("finished: 24 of 24 files", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusAndWorker_OnTerminalsOfTheirOwn_ShowTheRunAndLeaveNothingOfIt()
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("watched"));
        var arguments = await coordinator.WorkerArgumentsAsync();
        await using var status = OnTerminal(
            "status", "coordinator", ["status", "--watch", "--run", _folder.Run("watched")]);
        await status.LineWithAsync("no worker yet");
        await using var worker = OnTerminal("worker", "worker", arguments);
        await status.LineWithAsync("exit code 0");
        await worker.LineWithAsync("exit code 0");

        var (watched, worked) = (await WrittenAsync("status"), await WrittenAsync("worker"));
        Assert.Contains("docs/s", watched, StringComparison.Ordinal);
        Assert.Matches(@" docs/s .* documents", worked);
        var seen = await PlayedTerminal.PlayAsync(100, 30, [watched]);
        Assert.DoesNotContain(seen.Lines, line => line.Contains('█', StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.EndsWith("has joined", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.StartsWith("finished: 24 of 24 files", StringComparison.Ordinal));
        seen = await PlayedTerminal.PlayAsync(100, 30, [worked]);
        Assert.DoesNotContain(seen.Lines, line => line.Contains(" docs/s ", StringComparison.Ordinal));
        Assert.Contains(seen.Lines, line => line.Contains("the run is over", StringComparison.Ordinal));
        AssertCursorIsSeen(watched);
        AssertCursorIsSeen(worked);
    }

    private static void AssertCursorIsSeen(string written) =>
        Assert.EndsWith("\e[?25h", Cursor().Matches(written)[^1].Value, StringComparison.Ordinal);

    /// <inheritdoc cref="OnTerminal"/>
    /// <returns>All that was written there.</returns>
    private async Task<string> RunAsync(
        string name, int exitCode, string before = "", string input = "sleep 600",
        string environment = "TERM=xterm-256color")
    {
        await using var run = OnTerminal(
            name, "coordinator", _folder.Arguments(name, "--local-workers", "1", "--web", "off"), before, input,
            environment);
        await run.LineWithAsync($"exit code {exitCode}");
        return await WrittenAsync(name);
    }

    /// <param name="name">Of the run, and of what is recorded.</param>
    /// <param name="before">What the shell on the terminal does before it becomes the program.</param>
    /// <param name="input">What types on the terminal.</param>
    private ProgramProcess OnTerminal(
        string name, string program, string[] arguments, string before = "", string input = "sleep 600",
        string environment = "TERM=xterm-256color")
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the script of util-linux");
        Executables.Require("script");
        string[] words = ["dotnet", ProgramProcess.PathOf(program), .. arguments];
        var command = $"stty cols 100 rows 30; {before}exec env {environment} " +
            string.Join(' ', words.Select(word => $"'{word}'"));
        return ProgramProcess.StartPeer(
            "env", "--default-signal=INT", $"RECORD={Record(name)}", "sh", "-c",
            $"{input} 2>/dev/null | {{ script -qefc \"$1\" \"$2\"; echo \"exit code $?\" >&2; }}", "sh", command,
            Record(name));
    }

    private string Record(string name) => Path.Combine(_folder.Root, $"{name}.record");

    private async Task<string> WrittenAsync(string name)
    {
        var written = await File.ReadAllTextAsync(Record(name));
        // What script itself says stands in its first and last lines.
        var first = written.IndexOf('\n', StringComparison.Ordinal);
        var last = written.LastIndexOf("\nScript done", StringComparison.Ordinal);
        return written[(first + 1)..last];
    }

    [GeneratedRegex(@"\e\[\?25[hl]")]
    private static partial Regex Cursor();

    [GeneratedRegex(@"\e\[(3[0-9]|4[0-9]|9[0-9]|10[0-7])[;m]")]
    private static partial Regex Colour();
}

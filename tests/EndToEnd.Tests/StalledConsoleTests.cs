namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Nobody takes what the coordinator says: the run goes on, and ends with its exit code.</summary>
public sealed class StalledConsoleTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PipeThatNobodyReads_DoesNotHoldTheRun()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "knows how much a pipe holds");
        // The pipe is full when the coordinator begins to write.
        await using var run = ProgramProcess.StartPeer(
            "sh",
            [
                "-c", "{ head -c 65536 /dev/zero; \"$@\"; echo \"exit code $?\" >&2; } | sleep 600", "sh",
                .. Coordinator("pipe", "--json"),
            ]);

        await run.LineWithAsync("exit code 0");
        Assert.Equal(4, _folder.Shards("pipe").Count);
        Assert.Contains("\"event\":\"ended\"", await EventsAsync("pipe"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TerminalStoppedByControlS_DoesNotHoldTheRun()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the script of util-linux");
        Executables.Require("script");
        var command = string.Join(' ', Coordinator("terminal").Select(word => $"'{word}'"));
        await using var run = ProgramProcess.StartPeer(
            "sh", "-c",
            "{ printf '\\023'; sleep 600; } | TERM=xterm script -qec \"$1; echo \\\"exit code \\$?\\\" >&9\" /dev/null 9>&2",
            "sh", command);

        await run.LineWithAsync("exit code 0");
        Assert.Equal(4, _folder.Shards("terminal").Count);
        Assert.DoesNotContain("finished", run.Output, StringComparison.Ordinal);
    }

    private string[] Coordinator(string name, params string[] more) =>
        ["dotnet", ProgramProcess.PathOf("coordinator"), .. _folder.Arguments(name, ["--local-workers", "1", .. more])];

    private Task<string> EventsAsync(string name) => File.ReadAllTextAsync(Path.Combine(_folder.Run(name), "events.jsonl"));
}

using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Tests.Logs;

public sealed partial class ProgramLogTests : IDisposable
{
    private const string Joining = "fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh";
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["logs", "coordinator.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Secrets_InEveryPartOfAnEvent_AreNotInItsLine()
    {
        using (var log = Open())
        {
            log.WriteTo(File);
            var logger = log.Logger("hub");
            using (logger.BeginScope(new KeyValuePair<string, object?>[] { new("File", $"hf://x?sig={Joining}") }))
                logger.Log(
                    LogLevel.Error, new EventId(1, "TryingAgain"), Joining,
                    new IOException($"GET https://cdn/x?Signature=abc\n of {Joining}"), (state, _) => state);
            log.Say(LogLevel.Warning, $"Bearer ABCDEFGHIJKLMNOPQRSTUVWXYZ, {new Secret("hidden")}", new LogFacts { Worker = Joining });
        }

        var text = System.IO.File.ReadAllText(File);
        foreach (var secret in (string[])["fwj1_", "abc", "ABCDEF", "hidden"])
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        var lines = Lines();
        Assert.Equal(["error", "warning"], lines.Select(line => (string?)line["level"]));
        Assert.Equal("trying_again", (string?)lines[0]["event"]);
        Assert.Equal("…", (string?)lines[1]["worker"]);
    }

    [Fact]
    public void Text_OfAPeer_IsOneLineThatMovesNoCursorAndHasAnEnd()
    {
        using (var log = Open())
        {
            log.WriteTo(File);
            log.Say(LogLevel.Warning, "a\n\u001b[2J\u202eb\"" + new string('x', 100_000));
        }

        var line = Assert.Single(System.IO.File.ReadAllLines(File));
        Assert.DoesNotContain(line, char.IsControl);
        Assert.InRange(line.Length, 5_000, 9_000);
        Assert.StartsWith("a??[2J?b\"xxx", (string?)JsonNode.Parse(line)!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_OfBeforeTheFileIsKnown_AreInItToo_AndItsOwnerAloneReadsIt()
    {
        using (var log = Open())
        {
            log.Say(LogLevel.Information, "first");
            log.Identity.Run = "0a1b";
            log.WriteTo(File);
            Second(log.Logger("worker"), ulong.MaxValue, 3);
            log.Say(LogLevel.Debug, "below the level");
        }

        var lines = Lines();
        Assert.Equal(["first", $"second {ulong.MaxValue} 3"], lines.Select(line => (string?)line["message"]));
        Assert.Equal(
            ("coordinator", "0a1b", $"{ulong.MaxValue}", 3),
            ((string?)lines[1]["program"], (string?)lines[1]["run"], (string?)lines[1]["lease"], (int?)lines[1]["count"]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void FullDisk_IsSaidOnce_StopsNobody_AndHowManyLinesWereLostIsSaidLater()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system of its own");
        using var disk = SmallDisk.TryCreate(_folder["disk"], kilobytes: 64);
        Assert.SkipWhen(disk is null, "needs to be allowed to mount");
        var ballast = _folder["disk", "ballast"];
        System.IO.File.WriteAllBytes(ballast, new byte[32 << 10]);
        var told = new List<string>();
        var path = _folder["disk", "coordinator.jsonl"];
        using (var log = Open(told))
        {
            log.WriteTo(path);
            for (var index = 0; index < 1_000; index++)
                log.Say(LogLevel.Information, $"{index:000} {new string('x', 50)}");
        }

        System.IO.File.Delete(ballast);
        var whole = System.IO.File.ReadAllLines(path).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.InRange(whole.Count, 10, 999);
        Assert.StartsWith($"{path} cannot be written (", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public void DiskThatHasRoomAgain_GetsTheNumberOfLinesThatItLacks()
    {
        // A folder under its name stands for whatever keeps a file from being written.
        Directory.CreateDirectory(File);
        var told = new List<string>();
        var file = new LogFile(new RotatedLines(File), told.Add);
        void Emit(string text) => file.Emit(new Serilog.Events.LogEvent(
            DateTimeOffset.UnixEpoch, Serilog.Events.LogEventLevel.Information, exception: null,
            new Serilog.Events.MessageTemplate([new Serilog.Parsing.TextToken(text)]), []));

        Emit("first");
        Emit("second");
        Directory.Delete(File);
        Emit("third");
        file.Dispose();

        var lines = Lines();
        Assert.Equal(("lines_lost", 2), ((string?)lines[0]["event"], (int?)lines[0]["lines"]));
        Assert.Equal("third", (string?)lines[1]["message"]);
        Assert.Single(told);
    }

    [Fact]
    public async Task Console_ThatNobodyReads_HoldsNobodyUp()
    {
        using var output = new StuckWriter();
        using var log = new ProgramLog(new LogSetup("worker", new LogOptions())
        {
            Console = new ConsoleSink(output, ConsoleSink.Timed),
            Patience = TimeSpan.Zero,
        });
        var logger = log.Logger("worker");

        for (var line = 0; line < 30_000; line++)
            Second(logger, lease: 1, line);

        await output.IsStuck;
        output.LetGo();
    }

    [LoggerMessage(1, LogLevel.Information, "second {Lease} {Count}")]
    private static partial void Second(ILogger log, ulong lease, int count);

    private static ProgramLog Open(List<string>? told = null) => new(
        new LogSetup("coordinator", new LogOptions()) { IsFileToCome = true })
    {
        Trouble = text => told?.Add(text),
    };

    private List<JsonNode> Lines() => [.. System.IO.File.ReadAllLines(File).Select(line => JsonNode.Parse(line)!)];

    /// <summary>A terminal that Ctrl-S has stopped.</summary>
    private sealed class StuckWriter : StringWriter
    {
        private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _goOn = new();

        public Task IsStuck => _stuck.Task;

        public void LetGo() => _goOn.Set();

        public override void WriteLine(string? value)
        {
            _stuck.TrySetResult();
            _goOn.Wait();
        }
    }
}

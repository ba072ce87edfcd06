using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Commands;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Recorder _next = new();
    private readonly FakeTime _time = new();

    private string LogPath => _folder["run", EventLog.FileName];

    public EventLogTests() => Directory.CreateDirectory(_folder["run"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Events_AreAllDocumented()
    {
        var documentation = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "runs.md"));
        var kinds = typeof(RunEvent).GetNestedTypes().Select(kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.Name));

        Assert.All(kinds, kind => Assert.Contains($"`{kind}`", documentation, StringComparison.Ordinal));
    }

    /// <summary>Names of inputs are whatever those chose who made them.</summary>
    [Fact]
    public void Event_OfAFileWhoseNameTurnsTheOrderOfReading_ShowsItAsAnEscape()
    {
        const string Name = "a\u202etxt.\u2066\u001b[2J\u009b.parquet";
        using var log = new EventLog(_folder["run"], _next, _time);

        log.Observe(new RunEvent.FileFailed(Name, "'données' of 日本"));

        var line = Assert.Single(File.ReadAllLines(LogPath));
        Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format);
        Assert.Contains("'données' of 日本", line, StringComparison.Ordinal);
        Assert.Equal(Name, (string?)JsonNode.Parse(line)!["file"]);
    }

    [Fact]
    public void Event_IsInTheFileBeforeAnyoneIsTold_AndWithoutAnyoneClosingIt()
    {
        var seen = "";
        var next = new Witness(() => seen = ReadAll());
        using var log = new EventLog(_folder["run"], next, _time);

        log.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));

        var line = JsonNode.Parse(Assert.Single(seen.TrimEnd('\n').Split('\n')))!;
        Assert.Equal(
            ("file_failed", "1970-01-01T00:00:00.000Z", "a.parquet", "damaged"),
            ((string)line["event"]!, (string)line["time"]!, (string)line["file"]!, (string)line["reason"]!));
    }

    [Theory]
    [InlineData("{\"event\":\"warning\"}\n{\"event\":\"warn", 1)]
    [InlineData("{\"event\":\"warning\"}\n", 1)]
    [InlineData("{\"event\":", 0)]
    [InlineData("", 0)]
    public void NextSession_GoesOnBehindTheLastWholeLine(string left, int whole)
    {
        File.WriteAllText(LogPath, left);

        using (var log = new EventLog(_folder["run"], _next, _time))
            log.Observe(new RunEvent.Warning("next"));

        var lines = File.ReadAllLines(LogPath).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(whole + 1, lines.Count);
        Assert.Equal("next", (string)lines[^1]["text"]!);
    }

    [Fact]
    public void FileThatHasGrown_IsPutAside_AndSoManyOldOnesAreKept()
    {
        using (var log = new EventLog(new RotatedLines(LogPath) { MostBytes = 200, MostOld = 2 }, _next, _time))
            for (var index = 0; index < 20; index++)
                log.Observe(new RunEvent.Warning($"{index:00}"));

        var files = Directory.GetFiles(_folder["run"], "events*").Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(["events.1.jsonl", "events.2.jsonl", "events.jsonl"], files);
        string[] names = ["events.2.jsonl", "events.1.jsonl", "events.jsonl"];
        Assert.All(names, name => Assert.True(new FileInfo(_folder["run", name]).Length <= 200));
        var texts = names.SelectMany(name => File.ReadAllLines(_folder["run", name]))
            .Select(line => (string)JsonNode.Parse(line)!["text"]!).ToList();
        Assert.Equal(Enumerable.Range(20 - texts.Count, texts.Count).Select(index => $"{index:00}"), texts);
    }

    [Fact]
    public void FileThatCannotBeWritten_IsSaidOnce_AndWhatWasLostIsCountedLater()
    {
        // A folder under its name stands for whatever keeps a file from being written.
        Directory.CreateDirectory(LogPath);
        using var log = new EventLog(_folder["run"], _next, _time);

        log.Observe(new RunEvent.Warning("first"));
        log.Observe(new RunEvent.Warning("second"));
        Directory.Delete(LogPath);
        log.Observe(new RunEvent.Warning("third"));

        var said = _next.Events.Cast<RunEvent.Warning>().Select(warning => warning.Text).ToList();
        Assert.Equal(["first", "second", "third"], said.Where(text => !text.StartsWith('/')));
        Assert.StartsWith($"{LogPath} cannot be written (", Assert.Single(said, text => text.StartsWith('/')),
            StringComparison.Ordinal);
        var lines = File.ReadAllLines(LogPath).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal((2, "third"), ((int)lines[0]["events"]!, (string)lines[1]["text"]!));
    }

    [Fact]
    public void FullDisk_LeavesNoHalfLine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system of its own");
        using var disk = SmallDisk.TryCreate(_folder["disk"], kilobytes: 16);
        Assert.SkipWhen(disk is null, "needs to be allowed to mount");
        using var log = new EventLog(_folder["disk"], _next, _time);
        for (var index = 0; index < 400; index++)
            log.Observe(new RunEvent.Warning($"{index:000} {new string('x', 50)}"));

        var lines = File.ReadAllLines(_folder["disk", EventLog.FileName]);
        Assert.InRange(lines.Length, 10, 399);
        Assert.All(lines, line => Assert.NotNull(JsonNode.Parse(line)));
        Assert.Single(_next.Events.Cast<RunEvent.Warning>(), warning => warning.Text.Contains("cannot be written", StringComparison.Ordinal));
    }

    private string ReadAll()
    {
        using var reader = new StreamReader(
            new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private sealed class Witness(Action act) : IRunObserver
    {
        public void Observe(RunEvent happened) => act();
    }
}

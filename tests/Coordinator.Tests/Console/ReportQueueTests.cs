using System.IO.Pipes;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Commands;
using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class ReportQueueTests
{
    private static readonly RunSnapshot Snapshot = new(TimeSpan.FromSeconds(1), 4, 1, 0, 160, 80, 7, 0, 16, [], 1, 0);
    private static readonly RunRates Rates = new(0, 0, null, new Dictionary<string, double>());

    private static readonly RunSummary Summary = new(
        "finished", "run-1", "/run", "/out", "a/model", "fp32", "int3", 4, 4, [], 160, 160, 7, 0, 16, 160, 1, 160, 16,
        new Dictionary<string, long>(), [], []);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task NobodyReadsThePipe_HoldsNobodyUp_AndIsToldLaterWithACountOfTheRest()
    {
        await using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        await using var writer = new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle);
        using var output = new StreamWriter(writer) { AutoFlush = true };
        var queue = new ReportQueue(moment => new JsonReporter(output, moment), _time)
        {
            MostEvents = 2000,
            Patience = Timeout.InfiniteTimeSpan,
        };

        // Far more than a pipe holds: one that waits for its reader would wait here for ever.
        for (var index = 0; index < 10_000; index++)
        {
            queue.Observe(new RunEvent.Warning($"warning {index}"));
            queue.Progress(new RunProgress(Snapshot, Rates));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        queue.Finished(Summary);
        var ending = Task.Run(queue.Dispose);
        var lines = ReadUntil(new StreamReader(reader), "summary");
        await ending;

        Assert.InRange(lines.Count(line => (string)line["event"]! == "warning"), 2000, 9000);
        var (events, progress) = (0, 0);
        foreach (var line in lines)
        {
            switch ((string)line["event"]!)
            {
                case "warning":
                    Assert.Equal($"warning {events++}", (string)line["text"]!);
                    break;
                case "not_told":
                    (events, progress) = (events + (int)line["events"]!, progress + (int)line["progress"]!);
                    break;
                case "progress":
                    progress++;
                    break;
            }
        }

        // The newest progress has given way to the summary.
        Assert.Equal((10_000, 9_999), (events, progress));
        Assert.Equal("summary", (string)lines[^1]["event"]!);
    }

    [Fact]
    public async Task ToldLate_SaysWhenItHappened()
    {
        using var output = new HeldWriter();
        using (var queue = new ReportQueue(moment => new JsonReporter(output, moment), _time))
        {
            queue.Observe(new RunEvent.Warning("first"));
            await output.Reached;
            queue.Observe(new RunEvent.Warning("second"));
            _time.Advance(TimeSpan.FromHours(1));
            output.Release();
        }

        var line = output.ToString().TrimEnd().Split('\n')[^1];
        Assert.Equal("1970-01-01T00:00:00.000Z", (string)JsonNode.Parse(line)!["time"]!);
    }

    [Fact]
    public async Task ReaderThatNeverGoesOn_DoesNotKeepTheProgramFromEnding()
    {
        using var output = new HeldWriter();
        var queue = new ReportQueue(moment => new JsonReporter(output, moment), _time)
        {
            Patience = TimeSpan.FromMilliseconds(1),
        };
        queue.Observe(new RunEvent.Warning("never read"));
        await output.Reached;

        queue.Finished(Summary);
        queue.Dispose();

        Assert.Equal("", output.ToString());
        output.Break();
    }

    [Fact]
    public void TerminalThatHasGone_IsNoFaultOfTheRun()
    {
        using var queue = new ReportQueue(_ => new Recorder { OnStart = () => throw new IOException("EIO") }, _time);

        queue.Started(new RunHeader("/run", "/out", "a/model", 4, 160, 0, IsResumed: false, new Uri("http://h:1")));
        queue.Observe(new RunEvent.Warning("to nobody"));
        queue.Finished(Summary);
    }

    [Fact]
    public async Task LineOfAnother_OnTheTerminalOfTheDisplay_PassesByAboveIt()
    {
        using var terminal = new RecordedTerminal(80);
        using var error = new StringWriter();
        await using var errors = new ErrorLines(error);
        using (var queue = new ReportQueue(moment => new LiveReporter(terminal.Console, Glyphs.Blocks, moment), _time)
        {
            Errors = errors,
        })
        {
            errors.PassTo(queue);
            queue.Progress(new RunProgress(Snapshot, Rates));
            await errors.WriteLineAsync("Warning: hub: asked again");
        }

        await errors.WriteLineAsync("after it");
        Assert.Equal("after it", error.ToString().TrimEnd());
        Assert.Equal(["Warning: hub: asked again"], (await terminal.LookAsync()).Lines);
    }

    private static List<JsonNode> ReadUntil(StreamReader reader, string last)
    {
        var lines = new List<JsonNode>();
        while (lines.Count == 0 || (string)lines[^1]["event"]! != last)
            lines.Add(JsonNode.Parse(reader.ReadLine()!)!);
        return lines;
    }

    /// <summary>A terminal that has been stopped by Ctrl-S, until it is released.</summary>
    private sealed class HeldWriter : StringWriter
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();
        private volatile bool _isBroken;

        public Task Reached => _reached.Task;

        public void Release() => _released.Set();

        /// <summary>The terminal has gone.</summary>
        public void Break()
        {
            _isBroken = true;
            Release();
        }

        public override void WriteLine(string? value)
        {
            _reached.TrySetResult();
            _released.Wait();
            if (_isBroken)
                throw new IOException("EIO");
            base.WriteLine(value);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            _released.Dispose();
        }
    }
}

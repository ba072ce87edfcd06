namespace FineWebTorch.EndToEnd.Tests.Telemetry;

/// <summary>What both programs send by OTLP.</summary>
public sealed class TraceTests : IDisposable
{
    private const string Coordinator = "fineweb-coordinator", Worker = "fineweb-worker";

    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lease_IsOneTraceThroughBothPrograms()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var coordinator = ProgramProcess.StartIn(
            receiver.Environment, "coordinator", _folder.Arguments("traced")))
        {
            // One that sees none of the files: it downloads what it scores, and sends what it builds.
            await using var worker = ProgramProcess.StartThrough(
                _folder.Elsewhere("traced"), receiver.Environment, "worker",
                [.. await coordinator.WorkerArgumentsAsync(), "--cache", _folder.NewFolder("cache")]);
            Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
            Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        }

        var traces = receiver.Spans.GroupBy(span => span.Trace).ToList();
        // A lease to score and one to build for each of the four files, at least.
        Assert.InRange(traces.Count, 8, 100);
        foreach (var trace in traces)
        {
            var lease = Assert.Single(trace, span => span.Parent.Length == 0);
            Assert.Equal((Coordinator, "lease"), (lease.Service, lease.Name));
            Assert.All(trace.Where(span => span != lease), part => Assert.Equal(lease.Id, part.Parent));
            Assert.All(trace.Where(span => span != lease && span.Name != "commit"), part => Assert.Equal(Worker, part.Service));
        }

        string[] NamesOf(string having) => [.. traces
            .First(trace => trace.Any(span => span.Name == having)).Select(span => span.Name).Distinct().Order()];
        Assert.Equal(["batch", "download", "lease"], NamesOf("batch"));
        Assert.Equal(["build", "commit", "lease", "upload"], NamesOf("build").Except(["download"]));
        Assert.Contains("fineweb.documents", receiver.Metrics.Keys);
        Assert.Contains("fineweb.ledger.commit", receiver.Metrics.Keys);
        Assert.Contains("fineweb.batch", receiver.Metrics.Keys);
    }
}

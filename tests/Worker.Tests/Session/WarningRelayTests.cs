using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using Microsoft.Extensions.Logging;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Tests.Session;

public sealed partial class WarningRelayTests : IDisposable
{
    private readonly WarningRelay _relay = new();
    private readonly ProgramLog _log;

    public WarningRelayTests() => _log = new ProgramLog(new LogSetup("worker", new LogOptions()) { Listener = _relay });

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Lines_AreThoseOfWarningsAndErrors_WithLeaseAndFileAndWithoutSecrets()
    {
        var logger = _log.Logger("worker");
        using (logger.BeginScope(new KeyValuePair<string, object?>[] { new("Lease", ulong.MaxValue), new("File", "a.parquet") }))
            Slow(logger, "https://cdn/x?Signature=abc");
        Fine(logger);

        var line = Assert.Single(_relay.Take()!.Lines);
        Assert.Equal(
            ("slow: https://cdn/x?…", false, $"{ulong.MaxValue}", "a.parquet"),
            (line.Message, line.IsError, line.Lease, line.File));
        Assert.Null(_relay.Take());
    }

    [Fact]
    public void More_ThanWaits_CostsTheOldest_WhichAreCounted()
    {
        for (var number = 0; number < WarningRelay.MostWaiting + 7; number++)
            Slow(_log.Logger("worker"), $"{number}");

        var first = _relay.Take()!;
        Assert.Equal((7UL, WarningRelay.MostLines, "slow: 7"), (first.LeftOut, first.Lines.Count, first.Lines[0].Message));
        Assert.Equal(0UL, _relay.Take()!.LeftOut);
    }

    [Fact]
    public async Task Session_SaysWhatWaitsOnceItIsWelcome()
    {
        await using var bench = await SessionBench.StartAsync();
        using var log = new ProgramLog(new LogSetup("worker", new LogOptions()) { Listener = bench.Warnings });
        Slow(log.Logger("worker"), "before");
        var session = await WorkerAgentTests.Welcomed(bench);

        var said = await bench.Drive(session.ExpectAsync(Kind.Log));
        Assert.Equal("slow: before", Assert.Single(said.Log.Lines).Message);
    }

    [LoggerMessage(1, LogLevel.Warning, "slow: {What}")]
    private static partial void Slow(ILogger log, string what);

    [LoggerMessage(2, LogLevel.Information, "fine")]
    private static partial void Fine(ILogger log);
}

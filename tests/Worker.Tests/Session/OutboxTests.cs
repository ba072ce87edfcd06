using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class OutboxTests
{
    private readonly Outbox _outbox = new();

    [Fact]
    public void Reports_AreNumberedFromOneAcrossLeases()
    {
        Assert.Equal(1UL, Report(7).Sequence);
        Assert.Equal(2UL, Report(8).Sequence);
    }

    [Fact]
    public void Acknowledge_RemovesEverythingBeforeTheReport()
    {
        _outbox.Add(new FileOpened { Fence = 7 });
        Report(7);
        _outbox.Add(new LeaseEnded { Fence = 7 });
        Report(8);
        _outbox.Add(new LeaseEnded { Fence = 8 });

        _outbox.Acknowledge(2);

        var left = Assert.Single(_outbox.Messages);
        Assert.Equal(8UL, left.LeaseEnded.Fence);
        Assert.False(_outbox.HasReports);
    }

    [Fact]
    public void Acknowledge_OfAnOldNumber_RemovesNothingNewer()
    {
        Report(7);
        Report(7);
        _outbox.Acknowledge(1);
        _outbox.Acknowledge(1);
        _outbox.Acknowledge(0);

        Assert.Equal(2UL, Assert.Single(_outbox.Messages).Scores.Sequence);
        Assert.True(_outbox.HasReports);
    }

    [Fact]
    public void Drop_ForgetsOneLeaseAlone()
    {
        Report(7);
        Report(8);
        _outbox.Add(new LeaseEnded { Fence = 7 });

        _outbox.Drop(7);

        Assert.Equal([8UL], _outbox.Fences);
        Assert.Equal(2UL, Assert.Single(_outbox.Messages).Scores.Sequence);
    }

    private ScoreReport Report(ulong fence)
    {
        var report = new ScoreReport { Fence = fence };
        Assert.Same(report, _outbox.Add(report).Scores);
        return report;
    }
}

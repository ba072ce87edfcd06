using FineWebTorch.Worker.Progress;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Tests.Progress;

public sealed class WatchdogTests : IDisposable
{
    private readonly List<string> _ends = [];
    private readonly Watchdog _dog;
    private readonly LeaseMeter _meter = new();

    public WatchdogTests()
    {
        _dog = new Watchdog(_ends.Add);
        _dog.Watch(_meter);
    }

    public void Dispose() => _dog.Dispose();

    [Theory]
    [InlineData(Stage.Scoring, "the device or the disk hangs")]
    [InlineData(Stage.Opening, "nothing was read of a file")]
    [InlineData(Stage.Building, "nothing was written of a shard")]
    public void Work_OfThisMachineThatStandsStill_EndsTheProcessOnce(Stage stage, string reason)
    {
        _meter.Enter(stage);
        Look(1 + Watchdog.LeastTicks - 1);
        Assert.Empty(_ends);

        Look(1);

        Assert.Contains(reason, Assert.Single(_ends), StringComparison.Ordinal);
        Look(3);
        Assert.Single(_ends);
    }

    [Theory]
    [InlineData(Stage.Fetching)]
    [InlineData(Stage.Uploading)]
    [InlineData(Stage.Queued)]
    public void Work_ThatWaitsForOthers_MayWait(Stage stage)
    {
        _meter.Enter(stage);

        Look(100 * Watchdog.LeastTicks);

        Assert.Empty(_ends);
    }

    [Fact]
    public void Work_SlowButAlive_IsNoHang()
    {
        _meter.Enter(Stage.Scoring);
        for (var batch = 0; batch < 20; batch++)
        {
            Look(Watchdog.LeastTicks - 1);
            _meter.Step();
        }

        // One that takes a few times as long as those before it is no hang either.
        Look(5 * Watchdog.LeastTicks);

        Assert.Empty(_ends);
    }

    [Fact]
    public void Work_OfAnotherLease_KeepsTheProcess()
    {
        var other = new LeaseMeter();
        _dog.Watch(other);
        _meter.Enter(Stage.Scoring);
        for (var i = 0; i < 10; i++)
        {
            Look(Watchdog.LeastTicks / 2);
            other.Step();
        }

        _dog.Forget(other);
        Look(Watchdog.LeastTicks / 2);
        Assert.Empty(_ends);
        Look(10 * Watchdog.LeastTicks);
        Assert.Single(_ends);
    }

    [Fact]
    public void Device_ThatHangsWhileAnotherFileIsFetched_EndsTheProcess()
    {
        var other = new LeaseMeter();
        _dog.Watch(other);
        other.Enter(Stage.Fetching);
        _meter.Enter(Stage.Scoring);

        for (var second = 0; second <= Watchdog.LeastTicks; second++)
        {
            other.Fetched(1_000_000);
            Look(1);
        }

        Assert.Contains("the device or the disk hangs", Assert.Single(_ends), StringComparison.Ordinal);
    }

    [Fact]
    public void Mailbox_ThatAnswersNothing_EndsTheProcess()
    {
        var isStuck = false;
        _dog.WatchMailbox(action =>
        {
            if (!isStuck)
                action();
        });
        Look(10 * Watchdog.LeastTicks);
        Assert.Empty(_ends);

        isStuck = true;
        Look(Watchdog.LeastTicks + 1);

        Assert.Contains("answered nothing", Assert.Single(_ends), StringComparison.Ordinal);
    }

    private void Look(int ticks)
    {
        for (var i = 0; i < ticks; i++)
            _dog.Look();
    }
}

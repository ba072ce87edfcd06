using System.Runtime.CompilerServices;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class MailboxTests
{
    private readonly ManualTime _time = new();
    private readonly Mailbox _mailbox;
    private readonly List<string> _done = [];

    public MailboxTests() => _mailbox = new Mailbox(_time);

    [Fact]
    public async Task Actions_RunInOrderUpToTheOneThatCloses()
    {
        Post("first");
        _mailbox.Post(() =>
        {
            _done.Add("last");
            _mailbox.Close();
        });
        Post("too late");

        await RunAsync();

        Assert.Equal(["first", "last"], _done);
    }

    [Fact]
    public async Task Action_ThatThrows_IsTheLastOne()
    {
        _mailbox.Post(() => throw new InvalidOperationException("odd"));
        Post("too late");

        await Assert.ThrowsAsync<InvalidOperationException>(RunAsync);

        Assert.Empty(_done);
    }

    [Fact]
    public async Task After_IsPostedOnceWhenTheTimeHasCome()
    {
        using var alarm = _mailbox.After(TimeSpan.FromSeconds(2), () => _done.Add("rung"));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Post("before");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Post("after");
        _time.Advance(TimeSpan.FromMinutes(1));

        await CloseAsync();

        Assert.Equal(["before", "rung", "after"], _done);
    }

    [Fact]
    public async Task After_ThatIsDisposedOfInTime_IsNotPosted()
    {
        _mailbox.After(TimeSpan.FromSeconds(2), () => _done.Add("rung")).Dispose();
        _time.Advance(TimeSpan.FromMinutes(1));

        await CloseAsync();

        Assert.Empty(_done);
    }

    [Fact]
    public async Task Every_IsPostedAgainUntilItIsDisposedOf()
    {
        var alarm = _mailbox.Every(TimeSpan.FromSeconds(2), () => _done.Add("rung"));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Post("before");
        _time.Advance(TimeSpan.FromSeconds(4.1));
        alarm.Dispose();
        _time.Advance(TimeSpan.FromMinutes(1));

        await CloseAsync();

        Assert.Equal(["before", "rung", "rung", "rung"], _done);
    }

    /// <summary>A session of weeks sets alarms by the million.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Alarm_ThatIsOver_IsNotKept(bool rings)
    {
        var what = Alarm(rings);
        _time.Advance(TimeSpan.FromMinutes(1));
        await CloseAsync();

        GC.Collect();

        Assert.False(what.TryGetTarget(out _));
        GC.KeepAlive(_mailbox);
    }

    /// <returns>What the alarm holds on to.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference<object> Alarm(bool rings)
    {
        var what = new object();
        var alarm = _mailbox.After(TimeSpan.FromSeconds(1), () => GC.KeepAlive(what));
        if (!rings)
            alarm.Dispose();
        return new WeakReference<object>(what);
    }

    private void Post(string name) => _mailbox.Post(() => _done.Add(name));

    private Task CloseAsync()
    {
        _mailbox.Post(_mailbox.Close);
        return RunAsync();
    }

    private Task RunAsync() => _mailbox.RunAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
}

using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using Grpc.Net.Client;
using Message = FineWebTorch.Protos.V1.CoordinatorMessage.MessageOneofCase;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>The connection by itself: attempts and their pauses, what the user is told and when it is given up.</summary>
public sealed class CoordinatorConnectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private readonly ManualTime _time = new();
    private readonly Journal _log = new();
    private readonly List<Message> _received = [];
    private readonly List<double> _attempts = [];
    private readonly TaskCompletionSource<string> _end = new();
    private FakeCoordinator _coordinator = null!;
    private GrpcChannel _channel = null!;
    private Mailbox _mailbox = null!;
    private CoordinatorConnection _connection = null!;
    private Task _running = null!;
    private bool _isOurs = true;
    private bool _mayWait = true;
    private int _ends;

    public async ValueTask InitializeAsync()
    {
        _coordinator = await FakeCoordinator.StartAsync();
        _channel = GrpcChannel.ForAddress(_coordinator.Address);
        _mailbox = new Mailbox(_time);
        var options = new SessionOptions(new CoordinatorAddresses(_coordinator.Address), Patience, Stay: false)
        {
            IsOurs = () => _isOurs,
        };
        // Leases and models are not the connection's.
        var services = new SessionServices(
            new Coordination.CoordinationClient(_channel), null!, SessionBench.Identity, null!, null!, null!, null!, null!,
            null!, new Watchdog(_ => { }), _time, () => 0.5, _log);
        _connection = new CoordinatorConnection(options, services, _mailbox, OnReceived, OnEnded);
        _running = Task.Run(_mailbox.RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _mailbox.Post(() =>
        {
            _connection.Dispose();
            _mailbox.Close();
        });
        await _running;
        await _coordinator.DisposeAsync();
        _channel.Dispose();
    }

    [Fact]
    public async Task Nobody_There_IsLookedForEverMoreSeldomAndGivenUpWhenPatienceEnds()
    {
        _isOurs = false;

        Assert.Equal(
            $"{_coordinator.Address}: no coordinator for 100 s (it has ended); " +
            "start one with 'coordinator run' or name another with --coordinator",
            await EndAsync());

        // With a middling chance, three quarters of 1/4, 1/2, 1, 2, 4, 8 s, and of 15 s from there on.
        double[] pauses = [.. _attempts.Zip(_attempts[1..], (one, next) => next - one)];
        Assert.Equal([0.1875, 0.375, 0.75, 1.5, 3, 6], pauses[..6].Select(pause => Math.Round(pause, 4)));
        Assert.All(pauses[6..^1], pause => Assert.Equal(11.25, pause, 4));
        // The last one comes when patience ends, not after a pause that goes beyond.
        Assert.Equal(Patience.TotalSeconds, _attempts[^1], 4);
        Assert.True(pauses[^1] < 11.25);
        Assert.Equal(
            [$"Warning: no coordinator at {_coordinator.Address} (it has ended); trying again"], _log.Lines);
    }

    [Fact]
    public async Task Nobody_There_IsGivenUpAtOnceWhereItIsNotWaitedFor()
    {
        (_isOurs, _mayWait) = (false, false);

        Assert.Contains(": no coordinator (it has ended); start one", await EndAsync(), Ordinal);

        Assert.Single(_attempts);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData((int)Farewell.RunOver, "no next run")]
    [InlineData((int)Farewell.Interrupted,
        "the run was interrupted, and no coordinator has come back for 100 s; type its command again, then this worker's")]
    public async Task Nobody_ThereAfterAFarewell_IsNoNewsAndEndsAsItSays(int farewell, string end)
    {
        _isOurs = false;
        _connection.Farewell = (Farewell)farewell;

        Assert.Contains(end, await EndAsync(), Ordinal);

        Assert.Equal(Patience.TotalSeconds, _attempts[^1], 4);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Coordinator_Found_IsHeardUntilItGoesAndThenLookedForOnceMore()
    {
        _mayWait = false;
        _mailbox.Post(Attempt);
        for (var i = 0; i < 3; i++)
        {
            var (session, hello) = await GreetedAsync();
            Assert.Equal("worker-1", hello.WorkerId);
            Assert.Equal([7UL, 8UL], hello.HeldLeases);
            Assert.False(_connection.IsRegistered);
            await Do(() => _connection.Send(new WorkerMessage { WorkRequest = new WorkRequest() }));
            await WelcomeAsync(session);
            Assert.Equal(Farewell.None, _connection.Farewell);
            // A second attempt while there is a connection is none.
            await Do(() => _connection.Open([]));
            await Do(() => _connection.Send(new WorkerMessage { Goodbye = new Goodbye() }));
            await session.ExpectAsync(Kind.Goodbye);
            await Do(() => _connection.Farewell = Farewell.Interrupted);
            session.Close();
        }

        await GreetedAsync();
        Assert.Equal([Message.Welcome, Message.Welcome, Message.Welcome], _received);
        Assert.Equal(3, _log.Lines.Count);
        Assert.All(_log.Lines, line => Assert.Equal(
            "Warning: lost the coordinator (it closed the connection); going on and trying to reach it again for up to " +
            "100 s",
            line));
    }

    [Fact]
    public async Task Coordinator_FoundAndLost_BeginsPausesNewsAndPatienceAnew()
    {
        _isOurs = false;
        _mailbox.Post(Attempt);
        await DriveAsync(() => _attempts.Count >= 6);
        await Do(() => _isOurs = true);
        var (session, _) = await GreetedAsync(most: 8);
        await WelcomeAsync(session);
        var (heard, before) = (_time.GetTimestamp(), _attempts.Count);
        await Do(() => _isOurs = false);
        await CloseAsync(session);

        await EndAsync(isFirst: false);

        Assert.Equal(
            ["no coordinator", "lost the coordinator", "no coordinator"],
            _log.Lines.Select(line => line["Warning: ".Length..].Split(" at ")[0].Split(" (")[0]));
        Assert.Equal(0.375, _attempts[before + 1] - _attempts[before], 0.07);
        Assert.Equal(Patience.TotalSeconds, _attempts[^1] - new TimeSpan(heard).TotalSeconds, 0.5);
    }

    [Fact]
    public async Task Rejection_IsWhatIsSaidOnceAndWhenItIsGivenUp()
    {
        _mailbox.Post(Attempt);
        for (var i = 0; i < 2; i++)
            await RejectAsync("it is full");
        await Do(() => _mayWait = false);
        await RejectAsync("it is full");

        Assert.Contains(": no coordinator (it is full); start one", await EndAsync(isFirst: false), Ordinal);

        Assert.Equal(
            ["Warning: the coordinator has no use for this worker now: it is full; asking again"], _log.Lines);
    }

    [Fact]
    public async Task Rejection_OfAnEarlierAttempt_IsNotWhyALaterOneEnded()
    {
        _mailbox.Post(Attempt);
        await RejectAsync("it is full");
        await Do(() => _mayWait = false);
        await CloseAsync((await GreetedAsync()).Session);

        Assert.Contains("(it closed the connection)", await EndAsync(isFirst: false), Ordinal);
    }

    [Fact]
    public async Task Rejection_AfterAWelcome_IsToldAgain()
    {
        _mailbox.Post(Attempt);
        await RejectAsync("it is full");
        var (session, _) = await GreetedAsync();
        await WelcomeAsync(session);
        await CloseAsync(session);
        await RejectAsync("it is full");

        Assert.Equal(2, _log.Lines.Count(line => line.Contains("now: it is full", Ordinal)));
    }

    [Fact]
    public async Task Rejection_ForGood_EndsTheWorker()
    {
        _mailbox.Post(Attempt);
        var (session, _) = await GreetedAsync();
        await session.SendAsync(
            new CoordinatorMessage { Rejection = new Rejection { Reason = "wrong model", Permanent = true } });

        // No time passes: who is turned away does not wait.
        Assert.Equal(
            $"{_coordinator.Address}: turned this worker away: wrong model",
            await _end.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Hello_NotAnswered_IsSaidAgainHalfAMinuteAfterIt()
    {
        _mailbox.Post(Attempt);
        await CloseAsync((await GreetedAsync()).Session);
        await GreetedAsync();

        var (session, _) = await GreetedAsync(most: 33);

        Assert.InRange(_attempts[2] - _attempts[1], 30, 33);
        Assert.Contains("(it closed the connection)", Assert.Single(_log.Lines), Ordinal);
        await WelcomeAsync(session);
        _time.Advance(TimeSpan.FromSeconds(40));
        await Do(() => _connection.Send(new WorkerMessage { WorkRequest = new WorkRequest() }));
        await session.ExpectAsync(Kind.WorkRequest);
    }

    [Fact]
    public async Task Goodbye_IsTheLastMessage()
    {
        _mailbox.Post(Attempt);
        var (session, _) = await GreetedAsync();
        await WelcomeAsync(session);

        await Do(_connection.SayGoodbye);
        await Do(() => _connection.Send(new WorkerMessage { WorkRequest = new WorkRequest() }));

        await session.ExpectAsync(Kind.Goodbye);
        await session.WorkerDone.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private static CoordinatorMessage Welcome => new()
    {
        Welcome = new Welcome { Run = new RunDescription { Model = new ModelDescription(), WindowRows = 8 } },
    };

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private void Attempt()
    {
        _attempts.Add(new TimeSpan(_time.GetTimestamp()).TotalSeconds);
        _connection.Open([7, 8]);
    }

    private void OnReceived(CoordinatorMessage message)
    {
        _received.Add(message.MessageCase);
        if (message.Rejection is { } rejection)
            Try(() => _connection.Reject(rejection));
        else
            _connection.Register();
    }

    private void OnEnded() => Try(() =>
    {
        _ends++;
        if (!_connection.Retry(Attempt, _mayWait))
            _end.TrySetResult("no next run");
    });

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (UserErrorException given)
        {
            _end.TrySetResult(given.Message);
        }
    }

    private Task Do(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mailbox.Post(() =>
        {
            action();
            done.SetResult();
        });
        return done.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>The next connection, after the pause before it; real sockets take part.</summary>
    private Task<(FakeSession Session, Hello Hello)> GreetedAsync(int most = 2) =>
        _time.DriveAsync(_coordinator.GreetedAsync(), TimeSpan.FromSeconds(most));

    private async Task WelcomeAsync(FakeSession session)
    {
        await session.SendAsync(Welcome);
        for (var isRegistered = false; !isRegistered;)
            await Do(() => isRegistered = _connection.IsRegistered);
    }

    private async Task CloseAsync(FakeSession session)
    {
        var before = _ends;
        session.Close();
        for (var hasEnded = false; !hasEnded;)
            await Do(() => hasEnded = _ends > before);
    }

    private async Task RejectAsync(string reason)
    {
        var (session, _) = await GreetedAsync(most: 4);
        await session.SendAsync(new CoordinatorMessage { Rejection = new Rejection { Reason = reason } });
        await CloseAsync(session);
    }

    /// <summary>Moves time on until it is given up.</summary>
    private async Task<string> EndAsync(bool isFirst = true)
    {
        if (isFirst)
            _mailbox.Post(Attempt);
        await DriveAsync(() => _end.Task.IsCompleted);
        return await _end.Task;
    }

    /// <summary>Moves time on where no sockets take part, and lets all happen that follows.</summary>
    private async Task DriveAsync(Func<bool> isSo)
    {
        while (true)
        {
            // An attempt that fails does so in the mailbox, after what called for it.
            for (var i = 0; i < 3; i++)
                await Do(() => { });
            if (isSo())
                return;
            _time.Advance(TimeSpan.FromSeconds(0.0625));
        }
    }
}

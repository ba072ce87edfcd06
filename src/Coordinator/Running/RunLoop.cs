using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// The one thread that owns a run's state: takes commands, lets <see cref="RunCore"/> handle those that have come since
/// the last time, commits the outcome in one transaction and only then lets anyone hear of it.
/// </summary>
internal sealed class RunLoop : IAsyncDisposable
{
    /// <summary>What one transaction takes in, so that nobody waits long for an answer, nor much memory is held.
    /// </summary>
    private const int CommandsOfStep = 512;

    private const int BytesOfStep = 8 << 20;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Whoever looks sooner sees the same as the one before.</summary>
    private static readonly TimeSpan SnapshotLife = TimeSpan.FromMilliseconds(100);

    /// <summary>A few at a time: workers read from the same disk.</summary>
    private static readonly SemaphoreSlim Digests = new(2);

    private readonly CommandQueue _commands;
    private readonly RunCore _core;
    private readonly ILedger _ledger;
    private readonly IRunObserver _observer;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _ticks;
    private readonly Task _running;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TaskCompletionSource<RunSnapshot>> _onlookers = [];
    private readonly List<Action<RunCore>> _inspections = [];
    private volatile RunSnapshot _snapshot;
    private volatile int _sessions;
    private volatile int _awaited;
    private long _progress;
    private long _steppedAt;
    private volatile string? _standstill;

    public RunLoop(RunCore core, ILedger ledger, IRunObserver observer, TimeProvider time)
    {
        (_core, _ledger, _observer, _time) = (core, ledger, observer, time);
        _start = _steppedAt = time.GetTimestamp();
        _commands = new CommandQueue(() => time.GetElapsedTime(_start));
        core.State.Started = time.GetUtcNow();
        _snapshot = core.Snapshot(TimeSpan.Zero);
        _awaited = core.Awaited;
        _running = Task.Factory.StartNew(
            RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        _ticks = time.CreateTimer(_ => _commands.PostTick(), null, TimeSpan.Zero, TickInterval);
    }

    /// <summary>Workers in session, as of the last commit.</summary>
    public int Sessions => _sessions;

    /// <summary>Workers with work from an earlier session of this run that have not come back.</summary>
    public int Awaited => _awaited;

    /// <summary>Grows with every row that is scored and every file that ends.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <summary>Why nobody works, where all workers who are here are quarantined.</summary>
    public string? Standstill => _standstill;

    /// <summary>What was seen last by whoever looked; waits for nobody.</summary>
    public RunSnapshot Latest => _snapshot;

    /// <summary>Of commands that wait, about.</summary>
    public long QueuedBytes => _commands.Bytes;

    /// <summary>Since it has last done something, which it does twice a second at least; null once it has ended.</summary>
    public TimeSpan? SilentFor =>
        _running.IsCompleted ? null : _time.GetElapsedTime(Volatile.Read(ref _steppedAt));

    /// <summary>Ends when every file has ended; fails when the loop has failed, as on a full disk.</summary>
    public Task Over => _over.Task;

    /// <summary>Ends, with the reason, when no shard can come of the run.</summary>
    public Task<string> Hopeless => _hopeless.Task;

    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public ValueTask PostAsync(RunCommand command, CancellationToken cancellationToken = default) =>
        _commands.PostAsync(command, cancellationToken);

    /// <summary>Posts a command and waits for its answer.</summary>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public async Task<T> AskAsync<T>(
        Func<TaskCompletionSource<T>, RunCommand> command, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(command(answer), cancellationToken);
        await AnsweredAsync(answer.Task, cancellationToken);
        return await answer.Task;
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public async Task AskAsync(
        Func<TaskCompletionSource, RunCommand> command, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(command(answer), cancellationToken);
        await AnsweredAsync(answer.Task, cancellationToken);
        await answer.Task;
    }

    /// <summary>The run as of the last commit, or a tenth of a second before; at its end once that has come.</summary>
    public async Task<RunSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        var known = _snapshot;
        if (_time.GetElapsedTime(_start) - known.Elapsed < SnapshotLife && known.Elapsed > TimeSpan.Zero)
            return known;
        try
        {
            return await AskAsync<RunSnapshot>(answer => new RunCommand.Look(answer), cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return _snapshot;
        }
    }

    /// <summary>Looks at the run as of the last commit.</summary>
    /// <param name="look">On the loop's thread: must take a bounded time, and change nothing.</param>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public Task<T> LookAsync<T>(Func<RunCore, T> look, CancellationToken cancellationToken = default) => AskAsync<T>(
        answer => new RunCommand.Inspect(core =>
        {
            try
            {
                answer.TrySetResult(look(core));
            }
#pragma warning disable CA1031 // Whatever it is, it is for who looks: the run goes on
            catch (Exception exception)
#pragma warning restore CA1031
            {
                answer.TrySetException(exception);
            }
        }),
        cancellationToken);

    /// <summary>What a build lease is for; null where the lease is not valid and its shard not delivered.</summary>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    /// <exception cref="UnknownSessionException">There is no such session.</exception>
    public async Task<ShardTicket?> FindBuildAsync(Secret session, ulong fence, CancellationToken cancellationToken)
    {
        var found = await AskAsync<FoundBuild>(
            answer => new RunCommand.FindBuild(session, fence, answer), cancellationToken);
        if (found.Done is not { } file || _ledger.ReadFile(file) is not { IsDone: true } done)
            return found.Open;
        var ticket = ShardTicket.Of(done);
        return done.Shard!.Fence == fence ? ticket : ticket with { Delivered = null, Refusal = ShardTicket.Late };
    }

    public async ValueTask DisposeAsync()
    {
        await _ticks.DisposeAsync();
        _commands.Dispose();
        await _running;
    }

    /// <summary>A loop that has failed answers nobody any more.</summary>
    private async Task AnsweredAsync(Task answer, CancellationToken cancellationToken)
    {
        await Task.WhenAny(answer, _running).WaitAsync(cancellationToken);
        if (!answer.IsCompleted)
            throw new ChannelClosedException();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _commands.WaitAsync())
                Step();
            _snapshot = _core.Snapshot(_time.GetElapsedTime(_start));
        }
#pragma warning disable CA1031 // Whatever it is, it ends the run, where it is reported
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _snapshot = _core.Snapshot(_time.GetElapsedTime(_start));
            _commands.Dispose();
            _over.TrySetException(exception);
        }

        foreach (var onlooker in _onlookers)
            onlooker.TrySetResult(_snapshot);
    }

    private void Step()
    {
        var now = _time.GetElapsedTime(_start);
        var size = 0;
        for (var count = 0; count < CommandsOfStep && size < BytesOfStep; count++)
        {
            if (!_commands.TryTake(out var command, out var bytes))
                break;
            size += bytes;
            // After the command was taken: a tick must not count as of a time before it was sent.
            now = _time.GetElapsedTime(_start);
            if (command is RunCommand.Look look)
                _onlookers.Add(look.Answer);
            else if (command is RunCommand.Inspect inspect)
                _inspections.Add(inspect.Inspection);
            else
                _core.Handle(command, now);
        }

        _core.Plan(now, _commands.HeardUntil);
        var outbox = _core.Outbox;
        Commit(outbox.Changes);
        (_sessions, _awaited, _standstill) = (_core.Sessions, _core.Awaited, _core.Standstill);
        Volatile.Write(ref _progress, _core.Totals.Rows + _core.Files.Ended);
        Show(now);
        outbox.Deliver();
        foreach (var happened in outbox.Events)
            _observer.Observe(happened);
        foreach (var file in outbox.ToDigest)
            _ = ReadDigestAsync(file);
        outbox.Clear();
        if (_core.Hopelessness is { } reason)
            _hopeless.TrySetResult(reason);
        if (_core.IsOver)
            _over.TrySetResult();
    }

    private void Commit(IReadOnlyList<LedgerChange> changes)
    {
        var start = _time.GetTimestamp();
        _ledger.Commit(changes);
        Volatile.Write(ref _steppedAt, _time.GetTimestamp());
        if (changes.Count > 0)
            RunInstruments.Committed(_time.GetElapsedTime(start, _steppedAt));
    }

    private void Show(TimeSpan now)
    {
        foreach (var inspect in _inspections)
            inspect(_core);
        _inspections.Clear();
        if (_onlookers.Count == 0)
            return;
        _snapshot = _core.Snapshot(now);
        foreach (var onlooker in _onlookers)
            onlooker.TrySetResult(_snapshot);
        _onlookers.Clear();
    }

    private async Task ReadDigestAsync(FileRecord file)
    {
        await Digests.WaitAsync();
        RunCommand answer;
        try
        {
            answer = new RunCommand.DigestRead(file.Index, await Sha256.OfFileAsync(file.Path), Error: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            answer = new RunCommand.DigestRead(
                file.Index, Sha256: null, exception.Message, MachineFaults.Is(exception));
        }
        finally
        {
            Digests.Release();
        }

        try
        {
            await PostAsync(answer);
        }
        catch (ChannelClosedException)
        {
            // The run has ended meanwhile.
        }
    }
}

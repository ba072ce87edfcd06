using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// The one thread that owns a run's state: takes commands, lets <see cref="RunCore"/> handle all that have come since
/// the last time, commits the outcome in one transaction and only then lets anyone hear of it.
/// </summary>
internal sealed class RunLoop : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    // Bounded, so that sessions stop reading from their workers when the ledger's disk is slow.
    private readonly Channel<RunCommand> _commands = Channel.CreateBounded<RunCommand>(
        new BoundedChannelOptions(capacity: 1024) { SingleReader = true });

    private readonly RunCore _core;
    private readonly ILedger _ledger;
    private readonly IRunObserver _observer;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _ticks;
    private readonly Task _running;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RunSnapshot _snapshot;

    public RunLoop(RunCore core, ILedger ledger, IRunObserver observer, TimeProvider time)
    {
        (_core, _ledger, _observer, _time) = (core, ledger, observer, time);
        _start = time.GetTimestamp();
        core.State.Started = time.GetUtcNow();
        _snapshot = core.Snapshot(TimeSpan.Zero);
        _running = Task.Factory.StartNew(
            RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        _ticks = time.CreateTimer(
            _ => _commands.Writer.TryWrite(new RunCommand.Tick()), null, TimeSpan.Zero, TickInterval);
    }

    /// <summary>As of the last commit.</summary>
    public RunSnapshot Snapshot => _snapshot;

    /// <summary>Ends when every file has ended; fails when the loop has failed, as on a full disk.</summary>
    public Task Over => _over.Task;

    /// <summary>Ends, with the reason, when no shard can come of the run.</summary>
    public Task<string> Hopeless => _hopeless.Task;

    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public ValueTask PostAsync(RunCommand command, CancellationToken cancellationToken = default) =>
        _commands.Writer.WriteAsync(command, cancellationToken);

    /// <summary>Posts a command and waits for its answer.</summary>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public async Task<T> AskAsync<T>(
        Func<TaskCompletionSource<T>, RunCommand> command, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(command(answer), cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>What a build lease is for; null where the lease is not valid and its shard not delivered.</summary>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public Task<ShardTicket?> FindBuildAsync(ulong fence, CancellationToken cancellationToken) =>
        AskAsync<ShardTicket?>(answer => new RunCommand.FindBuild(fence, answer), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _ticks.DisposeAsync();
        _commands.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _commands.Reader.WaitToReadAsync())
                Step();
        }
#pragma warning disable CA1031 // Whatever it is, it ends the run, where it is reported
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _over.TrySetException(exception);
            _commands.Writer.TryComplete(exception);
        }
    }

    private void Step()
    {
        var now = _time.GetElapsedTime(_start);
        while (_commands.Reader.TryRead(out var command))
        {
            // After the command was taken: a tick must not count as of a time before it was sent.
            now = _time.GetElapsedTime(_start);
            _core.Handle(command, now);
        }

        _core.Plan(now);
        var outbox = _core.Outbox;
        _ledger.Commit(outbox.Changes);
        _snapshot = _core.Snapshot(now);
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

    private async Task ReadDigestAsync(FileRecord file)
    {
        await Task.Yield();
        RunCommand answer;
        try
        {
            answer = new RunCommand.DigestRead(file.Index, await Sha256.OfFileAsync(file.Path), Error: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            answer = new RunCommand.DigestRead(file.Index, Sha256: null, exception.Message);
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

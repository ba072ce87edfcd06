using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Storage;
using Microsoft.Extensions.Logging;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// The leases of this worker: what is held, what is done for them and what the coordinator has still to hear of them.
/// Everything runs in the mailbox; the pipeline and the preparations post back into it.
/// </summary>
/// <param name="send">Sends a message where there is a connection; else it is sent after the next one is made.</param>
/// <param name="changed">Called when a lease has ended or the reader has become free.</param>
/// <param name="deviceFailed">Called when work on a lease ended because the device has failed.</param>
internal sealed class LeaseManager(
    Mailbox mailbox,
    IDataFormat format,
    InputStore inputs,
    ShardBuilder builder,
    Watchdog watchdog,
    Action<WorkerMessage> send,
    Action changed,
    Action<DeviceFailedException> deviceFailed,
    ILogger log) : IScoreSink
{
    private const int MaxBuilds = 2;

    private readonly Dictionary<ulong, HeldLease> _leases = [];
    private readonly Outbox _outbox = new();
    private readonly ScoreCollector _collector = new();

    // One shard at a time: each build waits for the one before.
    private Task _lastBuild = Task.CompletedTask;

    /// <summary>Fencing tokens that matter in a new session: of leases, and of messages that may be lost.</summary>
    public IEnumerable<ulong> Fences =>
        _leases.Values.Where(lease => !lease.IsRevoked).Select(lease => lease.Fence).Union(_outbox.Fences).Order();

    /// <summary>No lease is held.</summary>
    public bool IsEmpty => _leases.Count == 0;

    /// <summary>What is done for the leases that are held, in a few words; empty where there are none.</summary>
    public string Doing => _leases.Values.OrderBy(lease => lease.IsBuild).FirstOrDefault() is { } lease
        ? (lease.IsBuild ? $"writing the shard of {lease.File.Name}" : lease.File.Name) +
            (_leases.Count > 1 ? $" +{_leases.Count - 1}" : "")
        : "";

    /// <summary>What the coordinator has not shown to have heard of.</summary>
    public Undelivered Undelivered => _outbox switch
    {
        { HasReports: true } => Undelivered.Scores,
        { IsEmpty: true } => Undelivered.Nothing,
        _ => Undelivered.Messages,
    };

    /// <summary>
    /// The reader will have nothing to do soon. While it reads a copy, the next file can already be on its way.
    /// </summary>
    public bool WantsWork
    {
        get
        {
            var unread = _leases.Values.Where(lease => !lease.IsBuild && !lease.IsRead && !lease.IsStopped).ToList();
            var readerIsFree = unread.Count == 0 || unread is [{ Input.IsCopy: true }];
            return readerIsFree && _leases.Values.Count(lease => lease.IsBuild) < MaxBuilds;
        }
    }

    public IEnumerable<LeaseProgress> Progress() => _leases.Values
        .Where(lease => !lease.IsRevoked)
        .Select(lease => new LeaseProgress
        {
            Fence = lease.Fence,
            ReadingWindow = (uint)(lease.Task?.ReadingWindow ?? lease.FirstWindow),
            Steps = (ulong)lease.Meter.Steps,
            Stage = lease.Meter.Stage,
            FetchedBytes = (ulong)lease.Meter.FetchedBytes,
        });

    public void Accept(ScoreLease message, RunContext run)
    {
        var lease = Hold(new HeldLease(message.Fence, run.Description.Digest, message.File, isBuild: false)
        {
            FirstWindow = (int)message.FirstWindow,
            EndWindow = Saturated(message.EndWindow),
            Meter = new LeaseMeter(message.Trace),
        });
        log.ScoringFile(message.File.Name, message.Fence);
        _ = Task.Run(() => PrepareAsync(lease, message, run));
    }

    public void Accept(BuildLease message, RunContext run)
    {
        var lease = Hold(new HeldLease(message.Fence, run.Description.Digest, message.File, isBuild: true)
        {
            Meter = new LeaseMeter(message.Trace),
        });
        var last = _lastBuild;
        _lastBuild = Task.Run(() => BuildAsync(lease, message, run, last));
    }

    /// <summary>Gives a lease back that was never begun.</summary>
    /// <param name="run">Digest of the run that it was given for.</param>
    public void Decline(ulong fence, string run)
    {
        var ended = LeaseOutcome.Of(fence, null, stopped: true);
        ended.RunDigest = run;
        send(_outbox.Add(ended));
    }

    public void Shrink(LeaseShrunk message)
    {
        if (!_leases.TryGetValue(message.Fence, out var lease))
            return;
        lease.EndWindow = Math.Min(lease.EndWindow, Saturated(message.EndWindow));
        lease.Task?.Shrink(lease.EndWindow);
    }

    public void Revoke(ulong fence, string reason)
    {
        Drop(fence, reason);
        changed();
    }

    /// <summary>A new session: sends again what matters to it, and drops what does not.</summary>
    public void Resume(IReadOnlySet<ulong> keptLeases)
    {
        foreach (var fence in Fences.Where(fence => !keptLeases.Contains(fence)).ToArray())
            Drop(fence, "it did not outlive the interruption");
        foreach (var message in _outbox.Messages)
            send(message);
    }

    /// <summary>Every lease ends after the batch in flight and is given back.</summary>
    public void StopAll()
    {
        foreach (var lease in _leases.Values)
            lease.Stop();
    }

    public void Acknowledge(ulong sequence) => _outbox.Acknowledge(sequence);

    /// <summary>Reports what has been scored since the last time.</summary>
    public void Report()
    {
        foreach (var report in _collector.TakeAll())
            send(_outbox.Add(report));
    }

    void IScoreSink.TaskRead(ScoreTask task) => mailbox.Post(() =>
    {
        if (_leases.TryGetValue(task.Fence, out var lease))
            lease.IsRead = true;
        changed();
    });

    void IScoreSink.BatchScored(ScoreTask task, BatchScores batch) => mailbox.Post(() =>
    {
        if (!_leases.TryGetValue(task.Fence, out var lease) || lease.IsRevoked)
            return;
        lease.Documents += batch.Rows.Length;
        if (_collector.Add(task.Fence, lease.Run, batch) is { } full)
            send(_outbox.Add(full));
    });

    void IScoreSink.WindowScored(ScoreTask task, WindowBuffer window)
    {
        // The coordinator puts windows together from batches.
    }

    void IScoreSink.TaskEnded(ScoreTask task, Exception? failure) => mailbox.Post(() =>
    {
        if (_leases.TryGetValue(task.Fence, out var lease))
            End(lease, failure is null ? null : lease.Input?.CauseOf(failure) ?? failure);
    });

    private static int Saturated(uint number) => (int)Math.Min(number, int.MaxValue);

    private HeldLease Hold(HeldLease lease)
    {
        watchdog.Watch(lease.Meter);
        return _leases[lease.Fence] = lease;
    }

    private void Drop(ulong fence, string reason)
    {
        _collector.Take(fence);
        _outbox.Drop(fence);
        if (!_leases.TryGetValue(fence, out var lease))
            return;
        using var naming = lease.Name(log);
        log.LeaseRevoked(lease.File.Name, reason);
        lease.IsRevoked = true;
        lease.Stop();
    }

    private async Task PrepareAsync(HeldLease lease, ScoreLease message, RunContext run)
    {
        using var naming = lease.Name(log);
        ReadableInput? input = null;
        try
        {
            lease.UsesInput = true;
            input = await run.Engine.Pipeline.AwaitAsync(() => inputs.ObtainAsync(
                lease.Run, lease.File, run.SharesFileSystem, lease.Meter, lease.Stopped));
            lease.Meter.Enter(Stage.Opening);
            var limit = run.Description.RowsPerFile;
            format.Check(input.Path, limit == 0 ? null : (long)limit, lease.Meter.Step, lease.Stopped);
            var rows = format.CountRows(input.Path);
            mailbox.Post(() => Begin(lease, message, run, input, rows));
        }
#pragma warning disable CA1031 // The coordinator hears of it, whatever it is
        catch (Exception failure)
#pragma warning restore CA1031
        {
            mailbox.Post(() => End(lease, input?.CauseOf(failure) ?? failure));
        }
    }

    private void Begin(HeldLease lease, ScoreLease message, RunContext run, ReadableInput input, long rows)
    {
        lease.Input = input;
        if (lease.IsStopped)
        {
            End(lease, null);
            return;
        }

        send(_outbox.Add(new FileOpened
        {
            Fence = lease.Fence,
            Rows = (ulong)rows,
            Sha256 = input.Sha256,
            RunDigest = lease.Run,
        }));
        // Until the reader comes to it.
        lease.Meter.Enter(Stage.Queued);
        lease.Task = ScoreTasks.Create(message, run.Description, lease.EndWindow, rows, format, input, lease.Meter);
        run.Engine.Pipeline.Add(lease.Task);
        changed();
    }

    private async Task BuildAsync(HeldLease lease, BuildLease message, RunContext run, Task last)
    {
        using var naming = lease.Name(log);
        Exception? failure = null;
        ReadableInput? input = null;
        try
        {
            await last.WaitAsync(lease.Stopped);
            lease.UsesInput = true;
            input = await inputs.ObtainAsync(lease.Run, lease.File, run.SharesFileSystem, lease.Meter, lease.Stopped);
            var shard = await builder.BuildAsync(
                message, run.Description, input, run.SharesFileSystem, lease.Meter, lease.Stopped);
            log.ShardDelivered(message.ShardName, shard.RowsKept, shard.RowsIn);
        }
#pragma warning disable CA1031 // The coordinator hears of it, whatever it is
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = input?.CauseOf(exception) ?? exception;
        }

        mailbox.Post(() => End(lease, failure));
    }

    private void End(HeldLease lease, Exception? failure)
    {
        using var naming = lease.Name(log);
        if (lease.UsesInput)
            // A copy that was read as a bad file is fetched anew for a second look.
            inputs.Release(
                lease.Run, lease.File.Index,
                isLast: failure is null ? lease.IsBuild : LeaseOutcome.FaultOf(failure) == Fault.File);
        _leases.Remove(lease.Fence);
        watchdog.Forget(lease.Meter);
        if (!lease.IsRevoked)
        {
            if (_collector.Take(lease.Fence) is { } report)
                send(_outbox.Add(report));
            var ended = LeaseOutcome.Of(lease.Fence, failure, lease.IsStopped, lease.File.Path);
            ended.RunDigest = lease.Run;
            if (ended.Reason.Length > 0)
                log.LeaseFailed(lease.File.Name, ended.Reason);
            else if (!lease.IsBuild)
                log.Scored(lease.Documents, lease.File.Name, lease.Task?.DeviceUse);
            send(_outbox.Add(ended));
        }

        lease.Dispose();
        if (failure is DeviceFailedException broken)
            deviceFailed(broken);
        changed();
    }
}

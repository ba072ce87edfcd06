using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Workers that stay in session and get no work, by their ids: a worker that is started again has another one. The
/// ledger keeps them, so that a coordinator that is started again does not fall for them again.
/// </summary>
internal sealed class Quarantine(RunState state, WorkerRegistry workers, Outbox outbox)
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(10);

    /// <summary>That are kept, besides those of workers that are here.</summary>
    private const int MostRecords = 1000;

    private readonly Dictionary<string, QuarantineRecord> _records = new(StringComparer.Ordinal);

    /// <summary>Of these the machine failed, or what many machines share: a file server, the network.</summary>
    private readonly HashSet<string> _ofMachines = new(StringComparer.Ordinal);

    private TimeSpan? _standsSince;
    private TimeSpan _patience = FirstPatience;

    /// <summary>By name; also of those that have left meanwhile.</summary>
    public IEnumerable<QuarantineRecord> Records =>
        _records.Values.OrderBy(record => record.Worker, StringComparer.Ordinal);

    /// <summary>Why nobody works: all who are here are quarantined. Null while somebody may.</summary>
    public string? Standstill => state.AbleWorkers.Count == 0 && Here() is { Count: > 0 } here
        ? $"no healthy worker is left: {NumberText.Count(here.Count, "worker")} quarantined; " +
            string.Join("; ", here.Take(3).Select(worker => $"{worker.Name}: {worker.Quarantine}"))
        : null;

    public void Restore(IEnumerable<QuarantineRecord> records)
    {
        foreach (var record in records)
        {
            _records[record.WorkerId] = record;
            if (state.Workers.TryGetValue(record.WorkerId, out var awaited))
                awaited.SetQuarantine(record.Reason);
        }
    }

    /// <summary>Its leases have been given back; its failures are taken back from the files.</summary>
    /// <param name="isOfMachine">The last of them was the machine's, which may pass.</param>
    public void Put(RunWorker worker, string reason, bool isOfMachine)
    {
        if (isOfMachine)
            _ofMachines.Add(worker.Id);
        var record = new QuarantineRecord(worker.Id, worker.Name, reason);
        _records[worker.Id] = record;
        worker.SetQuarantine(reason);
        foreach (var file in state.Files.Troubled.ToList())
            state.Files[file].Forget(attempt => attempt.WorkerId == worker.Id);
        outbox.Change(new LedgerChange.WorkerQuarantined(record));
        ForgetTheOldest();
        outbox.Tell(new RunEvent.WorkerQuarantined(worker.Name, reason));
        workers.Send(worker.Id, Messages.Quarantined(reason));
    }

    /// <summary>A worker has joined, perhaps one that was here before.</summary>
    public void Greet(RunWorker worker)
    {
        if (!_records.TryGetValue(worker.Id, out var record))
            return;
        worker.SetQuarantine(record.Reason);
        workers.Send(worker.Id, Messages.Quarantined(record.Reason));
    }

    /// <param name="name">As status names the worker.</param>
    public void Allow(string name)
    {
        foreach (var record in _records.Values.Where(record => record.Worker == name).ToList())
            Allow(record);
    }

    /// <summary>
    /// Says it once when nobody is left who may work. Where machines failed, they may have had one cause, as when a
    /// file server is away: after a while, which grows, they are tried again without anybody's asking.
    /// </summary>
    public void WatchStandstill(TimeSpan now)
    {
        if (Standstill is not { } standstill)
        {
            if (_standsSince is { } since && state.Progress.Last > since)
                (_standsSince, _patience) = (null, FirstPatience);
            return;
        }

        if (_standsSince is null)
            outbox.Tell(new RunEvent.NoHealthyWorker(standstill));
        _standsSince ??= now;
        var machines = _ofMachines.Where(id => state.Workers.ContainsKey(id)).ToList();
        if (now - _standsSince < _patience || machines.Count == 0)
            return;
        machines.ForEach(id => Allow(_records[id]));
        _standsSince = now;
        _patience = _patience * 2 < LongestPatience ? _patience * 2 : LongestPatience;
    }

    private void Allow(QuarantineRecord record)
    {
        Remove(record.WorkerId);
        if (state.Workers.TryGetValue(record.WorkerId, out var worker))
            worker.SetQuarantine(null);
        outbox.Change(new LedgerChange.WorkerAllowed(record.WorkerId));
        outbox.Tell(new RunEvent.WorkerAllowed(record.Worker));
        workers.Send(record.WorkerId, Messages.Allowed);
    }

    /// <summary>Those in session; whoever is about to leave is no reason to stand still.</summary>
    private List<RunWorker> Here() => [.. state.Workers.Values
        .Where(worker => worker is { Connected: true, Quarantine: not null, IsLeaving: false })
        .OrderBy(worker => worker.Name, StringComparer.Ordinal)];

    /// <summary>Processes that have gone will hardly come back: of many, the oldest are forgotten.</summary>
    private void ForgetTheOldest()
    {
        foreach (var gone in _records.Keys.Where(id => !state.Workers.ContainsKey(id))
            .Take(Math.Max(0, _records.Count - MostRecords)).ToList())
        {
            Remove(gone);
            outbox.Change(new LedgerChange.WorkerAllowed(gone));
        }
    }

    private void Remove(string workerId)
    {
        _records.Remove(workerId);
        _ofMachines.Remove(workerId);
    }
}

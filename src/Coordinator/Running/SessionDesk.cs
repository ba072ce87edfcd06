using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Sessions of workers from their Hello to their end: who is let in, what they are told of the run, and what becomes of
/// the leases of those that go.
/// </summary>
internal sealed class SessionDesk(
    RunState state, WorkerRegistry workers, LeaseTable leases, Quarantine quarantine, RunControls controls,
    Settling settling, RunPlaces places, Outbox outbox)
{
    /// <summary>Every file has ended, and workers know.</summary>
    public bool IsOver { get; private set; }

    public void Greet(IWorkerSession session, Hello hello, TimeSpan now)
    {
        if (Refuse(session, hello) is { } refusal)
        {
            workers.TurnAway(session, hello, refusal);
            return;
        }

        var worker = workers.Join(session, hello, now);
        (worker.Machine, worker.ProcessId) = (hello.Machine.Length > 0 ? hello.Machine : worker.Id, hello.ProcessId);
        var returned = worker.Leases.Count > 0;
        foreach (var dropped in worker.Leases.Where(lease => !hello.HeldLeases.Contains(lease.Fence)).ToList())
            leases.Close(dropped);
        outbox.Tell(new RunEvent.WorkerJoined(worker.Name, worker.DeviceName, returned));
        if (!Settle(now))
            Welcome(session, worker);
        quarantine.Greet(worker);
    }

    /// <returns>Whether everyone has been told what has just been settled.</returns>
    public bool Settle(TimeSpan now)
    {
        if (!settling.Settle(workers.Present.Select(pair => pair.Value), now))
            return false;
        foreach (var (session, worker) in workers.Present.ToList())
        {
            if (Admission.Refuse(worker.Hello, settling.Run) is { } refusal)
            {
                workers.TurnAway(session, worker.Hello, refusal);
                workers.Leave(session);
            }
            else
                Welcome(session, worker);
        }

        return true;
    }

    public void Request(IWorkerSession session, RunWorker worker)
    {
        workers.Request(worker);
        if (IsOver)
            outbox.Send(session, Messages.RunOver);
    }

    public void SayGoodbye(IWorkerSession session, RunWorker worker)
    {
        leases.CloseAll(worker);
        workers.Leave(session);
    }

    /// <summary>Of whoever breaks the protocol, in session or before.</summary>
    public void Break(IWorkerSession session, string fault)
    {
        if (workers.Of(session) is { } worker)
            Dismiss(session, worker, fault);
        else
            outbox.After(() => session.Close($"it broke the protocol: {fault}"));
    }

    /// <summary>Of a worker that breaks the protocol.</summary>
    public void Dismiss(IWorkerSession session, RunWorker worker, string fault)
    {
        leases.CloseAll(worker);
        workers.Dismiss(session, worker, fault);
    }

    public void End(IWorkerSession session, TimeSpan now)
    {
        var worker = workers.Of(session);
        workers.Leave(session);
        if (worker is { HasEnded: true, Connected: false, Leases.Count: > 0 })
            Expire(worker, now);
    }

    public void Expire(RunWorker worker, TimeSpan now)
    {
        leases.LoseAll(worker);
        workers.Expire(worker, now);
    }

    /// <summary>A worker of this machine whose process has ended will not come back.</summary>
    public void Bury(int processId, TimeSpan now)
    {
        foreach (var worker in state.Workers.Values.Where(one => one.IsOf(processId)).ToList())
        {
            worker.HasEnded = true;
            if (!worker.Connected)
                Expire(worker, now);
        }
    }

    public void Drain()
    {
        if (state.Draining)
            return;
        state.Draining = true;
        workers.SendToAll(Messages.Drain);
    }

    /// <summary>Tells everyone, once.</summary>
    public void EndRun()
    {
        if (IsOver)
            return;
        IsOver = true;
        workers.SendToAll(Messages.RunOver);
    }

    private Rejection? Refuse(IWorkerSession session, Hello hello)
    {
        if (workers.Of(session) is not null)
            return new Rejection { Reason = "Hello came twice in one session", Permanent = true };
        return controls.Refuse(hello) ?? Admission.Refuse(hello, settling.Run) ??
            (state.Draining ? new Rejection { Reason = "the coordinator is shutting down" } : null);
    }

    private void Welcome(IWorkerSession session, RunWorker worker)
    {
        outbox.Send(session, Messages.Welcome(
            settling.Description, places, state.Options.HeartbeatTimeout, worker.Session, worker.Leases));
        // It may have missed that others have got a part of what it holds.
        foreach (var lease in worker.Leases.Where(lease => lease.Kind == LeaseKind.Score))
            outbox.Send(session, Messages.Shrunk(lease));
        if (state.Paused)
            outbox.Send(session, Messages.Paused(controls.GivesBack));
        if (IsOver)
            outbox.Send(session, Messages.RunOver);
        if (worker.Farewell is { } farewell)
            outbox.Send(session, farewell);
    }
}

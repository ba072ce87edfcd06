using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    /// <summary>
    /// Such that a batch of a BERT-base model takes under 5 s on two cores: a worker is to end within that of being told.
    /// </summary>
    private const int TokenBudgetOnCpu = 4096;

    /// <summary>About 20 ms and 1 GB of memory for BERT-base on an H100; the worker's DeviceDefaults derives it.</summary>
    private const int TokenBudgetOnGpu = 65536;

    private void Greet(IWorkerSession session, Hello hello, TimeSpan now)
    {
        var name = hello.Name.Length > 0 ? hello.Name : hello.WorkerId;
        if (TurnAway(session, hello, name))
            return;
        if (_sessionOf.Remove(hello.WorkerId, out var earlier))
        {
            _sessions.Remove(earlier);
            Effects.After(() => earlier.Close("replaced by a newer session of the same worker"));
        }

        FixPrecision(hello, name);
        var worker = _state.Worker(hello.WorkerId, now);
        var returned = worker.Leases.Count > 0;
        worker.Name = name;
        worker.DeviceName = hello.DeviceName.Length > 0 ? hello.DeviceName : hello.DeviceKind;
        worker.NumericClass = hello.NumericClass;
        worker.Connected = true;
        worker.LastHeard = now;
        worker.OpenRequests = 0;
        _sessions[session] = worker;
        _sessionOf[worker.Id] = session;
        _awaited.Remove(worker.Id);
        Welcome(session, worker, [.. hello.HeldLeases]);
        Effects.Tell(new RunEvent.WorkerJoined(worker.Name, worker.DeviceName, returned));
    }

    private bool TurnAway(IWorkerSession session, Hello hello, string name)
    {
        var dtype = _run.Dtype == Dtype.Unspecified ? ChooseDtype(hello) : _run.Dtype;
        var (reason, permanent) = this switch
        {
            _ when _sessions.ContainsKey(session) => ("Hello came twice in one session", true),
            _ when hello.WorkerId.Length == 0 => ("Hello has no worker_id", true),
            _ when hello.ProgramVersion != ProgramVersion.Current =>
                ($"worker has version {hello.ProgramVersion}, the coordinator {ProgramVersion.Current}; " +
                "install the same version on both", true),
            _ when !hello.Dtypes.Contains(dtype) =>
                ($"this run computes in {Dtypes.Name(dtype)}, which {hello.DeviceKind} ({hello.DeviceName}) " +
                $"does not do well; it offers {string.Join(", ", hello.Dtypes.Select(Dtypes.Name))}", true),
            _ when _state.Draining => ("the coordinator is shutting down", false),
            _ => (null, false),
        };
        if (reason is null)
            return false;
        Effects.Send(session, new CoordinatorMessage
        {
            Rejection = new Rejection { Reason = reason, Permanent = permanent },
        });
        Effects.After(() => session.Close());
        Effects.Tell(new RunEvent.WorkerTurnedAway(name, reason));
        return true;
    }

    private static Dtype ChooseDtype(Hello hello) =>
        hello.DeviceKind != "cpu" && hello.Dtypes.Contains(Dtype.Fp16) ? Dtype.Fp16 : Dtype.Fp32;

    private void FixPrecision(Hello hello, string name)
    {
        if (_run.Dtype != Dtype.Unspecified && _run.TokenBudget != 0)
            return;
        _run = _run with
        {
            Dtype = _run.Dtype == Dtype.Unspecified ? ChooseDtype(hello) : _run.Dtype,
            TokenBudget = (_run.TokenBudget, hello.DeviceKind) switch
            {
                ( > 0, _) => _run.TokenBudget,
                (_, "cpu") => TokenBudgetOnCpu,
                _ => TokenBudgetOnGpu,
            },
        };
        Effects.Change(new LedgerChange.PrecisionFixed(_run.Dtype, _run.TokenBudget));
        Effects.Tell(new RunEvent.PrecisionFixed(Dtypes.Name(_run.Dtype), _run.TokenBudget, name));
    }

    private void Welcome(IWorkerSession session, WorkerState worker, HashSet<ulong> held)
    {
        foreach (var dropped in worker.Leases.Where(lease => !held.Contains(lease.Fence)).ToList())
            Close(dropped);
        var welcome = new Welcome
        {
            Run = RunDescriptions.Describe(_run, _identity),
            HeartbeatSeconds = _state.Options.HeartbeatTimeout.TotalSeconds / 6,
            NoncePath = _places.NoncePath,
            Nonce = _places.Nonce,
        };
        welcome.KeptLeases.AddRange(worker.Leases.Select(lease => lease.Fence));
        Effects.Send(session, new CoordinatorMessage { Welcome = welcome });
        // It may have missed that others have got a part of what it holds.
        foreach (var lease in worker.Leases.Where(lease => lease.Kind == LeaseKind.Score))
            Effects.Send(session, ShrunkMessage(lease));
        if (_toldOver)
            Effects.Send(session, new CoordinatorMessage { RunOver = new RunOver() });
    }

    private void EndSession(IWorkerSession session)
    {
        Effects.After(() => session.Close());
        if (!_sessions.Remove(session, out var worker))
            return;
        _sessionOf.Remove(worker.Id);
        worker.Connected = false;
        worker.OpenRequests = 0;
        if (worker.Leases.Count == 0)
            Forget(worker);
    }

    private void SayGoodbye(IWorkerSession session, WorkerState worker)
    {
        foreach (var lease in worker.Leases.ToList())
            Close(lease);
        EndSession(session);
    }

    private void Expire(PlanAction.Expire expire, TimeSpan now)
    {
        var worker = _state.Workers[expire.WorkerId];
        foreach (var lease in worker.Leases.ToList())
            Lose(lease);
        if (_sessionOf.Remove(worker.Id, out var session))
        {
            _sessions.Remove(session);
            Effects.After(() => session.Close("no message within the heartbeat time-out"));
        }

        _state.Workers.Remove(worker.Id);
        Effects.Tell(new RunEvent.WorkerLost(worker.Name, (now - worker.LastHeard).TotalSeconds));
    }

    private void Forget(WorkerState worker)
    {
        _state.Workers.Remove(worker.Id);
        Effects.Tell(new RunEvent.WorkerLeft(worker.Name));
    }
}

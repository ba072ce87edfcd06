using FineWebTorch.Common;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The workers of a run and their sessions: who is here, who has gone, who is expected back.</summary>
internal sealed class WorkerRegistry(RunState state, Outbox outbox, SecretSource secrets)
{
    /// <summary>Of a worker that was turned away, for people.</summary>
    private const int MostOfName = 100;

    /// <summary>Of different reasons that are told.</summary>
    private const int MostRefusals = 100;

    private readonly Dictionary<IWorkerSession, RunWorker> _workers = [];
    private readonly Dictionary<string, IWorkerSession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<Secret, RunWorker> _bySecret = [];
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);

    /// <summary>Reasons for which workers were turned away.</summary>
    private readonly HashSet<string> _refusals = new(StringComparer.Ordinal);

    private long _requests;

    /// <summary>Workers that are in session.</summary>
    public int Connected => _workers.Count;

    /// <summary>Workers with work from an earlier session of this run that have not come back.</summary>
    public int Awaited => _awaited.Count;

    public IEnumerable<KeyValuePair<IWorkerSession, RunWorker>> Present => _workers;

    /// <summary>Whose session it is; null before its Hello, and once the worker has a newer one.</summary>
    public RunWorker? Of(IWorkerSession session) => _workers.GetValueOrDefault(session);

    /// <summary>The worker whose present session has this secret.</summary>
    public RunWorker? InSession(Secret secret) => _bySecret.GetValueOrDefault(secret);

    public void Handle(RunCommand.FindReader find)
    {
        var worker = InSession(find.Session);
        var lease = worker?.Leases.FirstOrDefault(lease => lease.File == find.Input);
        var file = lease is null ? null : state.Files[lease.File].Record;
        outbox.After(() => _ = worker is null
            ? find.Answer.TrySetException(new UnknownSessionException())
            : find.Answer.TrySetResult(file));
    }

    /// <summary>A worker that holds leases since before this coordinator was started.</summary>
    public void Await(string workerId)
    {
        _awaited.Add(workerId);
        state.Enter(workerId, TimeSpan.Zero);
    }

    /// <summary>Starts a worker's session, in the place of an earlier one that it may still have.</summary>
    public RunWorker Join(IWorkerSession session, Hello hello, TimeSpan now)
    {
        if (_sessions.Remove(hello.WorkerId, out var earlier))
        {
            End(earlier);
            outbox.After(() => earlier.Close("replaced by a newer session of the same worker"));
        }

        var worker = state.Enter(hello.WorkerId, now);
        worker.Name = NameOf(hello);
        worker.DeviceName = hello.DeviceName.Length > 0 ? hello.DeviceName : hello.DeviceKind;
        worker.Hello = hello;
        worker.LastHeard = now;
        worker.Connect(SecretSource.DrawNew(secrets.Session, _bySecret.ContainsKey), now);
        _bySecret[worker.Session] = worker;
        _workers[session] = worker;
        _sessions[worker.Id] = session;
        _awaited.Remove(worker.Id);
        return worker;
    }

    public void TurnAway(IWorkerSession session, Hello hello, Rejection rejection)
    {
        outbox.Send(session, new CoordinatorMessage { Rejection = rejection });
        outbox.After(() => session.Close());
        // Whoever starts it again hears of it from the worker itself.
        if (_refusals.Count < MostRefusals && _refusals.Add(rejection.Reason))
            outbox.Tell(new RunEvent.WorkerTurnedAway(NameOf(hello), rejection.Reason));
    }

    /// <summary>Ends the session of a worker that breaks the protocol; its leases have been closed.</summary>
    public void Dismiss(IWorkerSession session, RunWorker worker, string fault)
    {
        var reason = $"it broke the protocol: {fault}";
        outbox.Send(
            session, new CoordinatorMessage { Rejection = new Rejection { Reason = reason, Permanent = true } });
        outbox.Tell(new RunEvent.WorkerTurnedAway(worker.Name, reason));
        Leave(session);
    }

    /// <summary>The worker wants one lease more.</summary>
    public void Request(RunWorker worker) => worker.Request(++_requests);

    /// <summary>Ends a session. A worker that holds leases may come back for them.</summary>
    public void Leave(IWorkerSession session)
    {
        outbox.After(() => session.Close());
        if (End(session) is not { } worker)
            return;
        _sessions.Remove(worker.Id);
        worker.Disconnect();
        if (worker.Leases.Count > 0)
            return;
        Forget(worker);
        outbox.Tell(new RunEvent.WorkerLeft(worker.Name));
    }

    /// <summary>Turns a worker away that was let in before.</summary>
    public void Expel(RunWorker worker, Rejection rejection)
    {
        if (!_sessions.Remove(worker.Id, out var session))
            return;
        End(session);
        outbox.Send(session, new CoordinatorMessage { Rejection = rejection });
        outbox.After(() => session.Close());
    }

    /// <summary>Gives a worker up that has been silent for too long and holds no leases any more.</summary>
    public void Expire(RunWorker worker, TimeSpan now)
    {
        if (_sessions.Remove(worker.Id, out var session))
        {
            End(session);
            outbox.After(() => session.Close("no message within the heartbeat time-out"));
        }

        // One from before a restart may still be on its way: it is awaited, though not with its work.
        state.Leave(worker);
        outbox.Tell(new RunEvent.WorkerLost(worker.Name, (now - worker.LastHeard).TotalSeconds));
    }

    /// <summary>Has a worker in session end; one that comes back before it has heard of it is told again.</summary>
    public void Dismiss(RunWorker worker, CoordinatorMessage farewell)
    {
        worker.Dismiss(farewell);
        Send(worker.Id, farewell);
    }

    /// <summary>One that holds no leases any more is not waited for.</summary>
    public void Forget(RunWorker worker)
    {
        _awaited.Remove(worker.Id);
        state.Leave(worker);
    }

    /// <summary>Nothing is sent to a worker that is not in session: it is told when it comes back.</summary>
    public void Send(string workerId, CoordinatorMessage message)
    {
        if (_sessions.TryGetValue(workerId, out var session))
            outbox.Send(session, message);
    }

    public void SendToAll(CoordinatorMessage message)
    {
        foreach (var session in _workers.Keys)
            outbox.Send(session, message);
    }

    private RunWorker? End(IWorkerSession session)
    {
        if (_workers.Remove(session, out var worker))
            _bySecret.Remove(worker.Session);
        return worker;
    }

    private static string NameOf(Hello hello) =>
        PlainText.Clean(hello.Name.Length > 0 ? hello.Name : hello.WorkerId, MostOfName);
}

/// <summary>The coordinator's end of a connection to a worker. Neither method waits or throws.</summary>
internal interface IWorkerSession
{
    void Send(CoordinatorMessage message);

    /// <summary>Ends the stream after what has been sent.</summary>
    /// <param name="error">Null for an orderly end.</param>
    void Close(string? error = null);
}

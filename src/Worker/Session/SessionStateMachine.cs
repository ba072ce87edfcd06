namespace FineWebTorch.Worker.Session;

/// <summary>Where a worker stands between its first attempt to reach a coordinator and its end.</summary>
internal enum SessionState
{
    /// <summary>Not connected; the first attempt of this run is due.</summary>
    Connecting,

    /// <summary>Hello has been sent; the coordinator has not answered yet.</summary>
    Registering,

    /// <summary>Registered: asks for leases, scores and reports.</summary>
    Working,

    /// <summary>
    /// An attempt failed or the connection broke. The next attempt follows after a pause; leases go on meanwhile.
    /// </summary>
    Reconnecting,

    /// <summary>Told to end: the leases are being given back.</summary>
    Draining,

    /// <summary>As <see cref="Draining"/>, but not registered; attempts to be go on.</summary>
    DrainingAlone,

    /// <summary>
    /// No lease is held, but the coordinator may not have heard of everything: one more attempt to tell it.
    /// </summary>
    Delivering,

    /// <summary>Goodbye has been said; the coordinator ends the connection.</summary>
    Leaving,

    /// <summary>Nothing more is done.</summary>
    Ended,
}

/// <summary>What moves a session from one state to another.</summary>
internal enum SessionEvent
{
    /// <summary>The pause before an attempt to connect is over.</summary>
    AttemptDue,

    /// <summary>The coordinator answered Hello with Welcome.</summary>
    Welcomed,

    /// <summary>The connection ended, or the attempt to make one failed.</summary>
    ConnectionEnded,

    /// <summary>The leases are to be given back; then the next run is waited for.</summary>
    PauseAsked,

    /// <summary>The leases are to be given back; then the worker ends.</summary>
    EndAsked,

    /// <summary>No lease is held any more.</summary>
    LeasesReturned,

    /// <summary>Giving the leases back took too long.</summary>
    DrainTimedOut,
}

/// <summary>What is to be done on entering a state.</summary>
internal enum SessionAction
{
    None,

    /// <summary>Open a connection and say Hello, unless that is under way.</summary>
    Connect,

    /// <summary>As Connect, after a pause.</summary>
    ConnectLater,

    /// <summary>Let every lease end after the batch in flight.</summary>
    StopLeases,

    /// <summary>Say Goodbye.</summary>
    SayGoodbye,

    /// <summary>Look again for a coordinator with a run in a while.</summary>
    WaitForRun,

    /// <summary>End the process.</summary>
    End,
}

/// <summary>What the coordinator has not shown to have heard of.</summary>
internal enum Undelivered
{
    Nothing,

    /// <summary>Messages that it can do without.</summary>
    Messages,

    /// <summary>Scores, which would have to be computed again.</summary>
    Scores,
}

/// <summary>
/// The states of a session and every way from one to another. It does nothing by itself: <see cref="WorkerAgent"/>
/// tells it what happened and carries out what it answers.
/// </summary>
internal sealed class SessionStateMachine
{
    // One more attempt to deliver is enough: a coordinator that ends it again will not have the rest.
    private bool _hasDelivered;
    private bool _endIsAsked;

    public SessionState State { get; private set; } = SessionState.Connecting;

    /// <summary>On the way to a pause or to the end; no lease is taken.</summary>
    public bool IsEnding => State is not (SessionState.Connecting or SessionState.Registering
        or SessionState.Working or SessionState.Reconnecting);

    /// <summary>Leases are being given back.</summary>
    public bool IsDraining => State is SessionState.Draining or SessionState.DrainingAlone;

    /// <param name="what">What happened. In a state that it means nothing to, nothing changes.</param>
    /// <param name="undelivered">At this moment.</param>
    public SessionAction Handle(SessionEvent what, Undelivered undelivered = Undelivered.Nothing)
    {
        _endIsAsked |= what == SessionEvent.EndAsked;
        (State, var action) = Next(what, undelivered);
        return action;
    }

    private (SessionState, SessionAction) Next(SessionEvent what, Undelivered undelivered) => (State, what) switch
    {
        (SessionState.Connecting or SessionState.Reconnecting, SessionEvent.AttemptDue) =>
            (SessionState.Registering, SessionAction.Connect),
        (SessionState.Connecting or SessionState.Registering or SessionState.Reconnecting, SessionEvent.Welcomed) =>
            (SessionState.Working, SessionAction.None),
        (SessionState.Registering or SessionState.Working, SessionEvent.ConnectionEnded) =>
            (SessionState.Reconnecting, SessionAction.ConnectLater),

        (SessionState.Working, SessionEvent.PauseAsked or SessionEvent.EndAsked) =>
            (SessionState.Draining, SessionAction.StopLeases),
        (SessionState.Connecting or SessionState.Registering or SessionState.Reconnecting,
            SessionEvent.PauseAsked or SessionEvent.EndAsked) =>
            (SessionState.DrainingAlone, SessionAction.StopLeases),
        (SessionState.Draining, SessionEvent.ConnectionEnded) =>
            (SessionState.DrainingAlone, SessionAction.ConnectLater),
        (SessionState.DrainingAlone, SessionEvent.AttemptDue) => (State, SessionAction.Connect),
        (SessionState.DrainingAlone, SessionEvent.ConnectionEnded) => (State, SessionAction.ConnectLater),
        (SessionState.DrainingAlone, SessionEvent.Welcomed) => (SessionState.Draining, SessionAction.None),

        (SessionState.Draining, SessionEvent.LeasesReturned) => (SessionState.Leaving, SessionAction.SayGoodbye),
        (SessionState.DrainingAlone, SessionEvent.LeasesReturned) =>
            DeliverOrLeave(undelivered != Undelivered.Nothing),
        (SessionState.Delivering, SessionEvent.Welcomed) => (SessionState.Leaving, SessionAction.SayGoodbye),
        (SessionState.Delivering, SessionEvent.ConnectionEnded) => Leave(),
        (SessionState.Leaving, SessionEvent.ConnectionEnded) => DeliverOrLeave(undelivered == Undelivered.Scores),

        (SessionState.Ended, _) => (State, SessionAction.None),
        (_, SessionEvent.DrainTimedOut) => (SessionState.Ended, SessionAction.End),
        _ => (State, SessionAction.None),
    };

    private (SessionState, SessionAction) DeliverOrLeave(bool isWorthAnAttempt)
    {
        if (!isWorthAnAttempt || _hasDelivered)
            return Leave();
        _hasDelivered = true;
        return (SessionState.Delivering, SessionAction.Connect);
    }

    private (SessionState, SessionAction) Leave()
    {
        // Who wants it to end prevails over who asked for a pause.
        if (_endIsAsked)
            return (SessionState.Ended, SessionAction.End);
        _hasDelivered = false;
        return (SessionState.Connecting, SessionAction.WaitForRun);
    }
}

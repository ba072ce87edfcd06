using FineWebTorch.Worker.Session;
using Action = FineWebTorch.Worker.Session.SessionAction;
using Event = FineWebTorch.Worker.Session.SessionEvent;
using State = FineWebTorch.Worker.Session.SessionState;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class SessionStateMachineTests
{
    private readonly SessionStateMachine _session = new();

    /// <summary>Ways to each state, as events from the beginning.</summary>
    private static readonly Dictionary<State, Event[]> WaysTo = new()
    {
        [State.Connecting] = [],
        [State.Registering] = [Event.AttemptDue],
        [State.Working] = [Event.AttemptDue, Event.Welcomed],
        [State.Reconnecting] = [Event.AttemptDue, Event.ConnectionEnded],
        [State.Draining] = [Event.AttemptDue, Event.Welcomed, Event.EndAsked],
        [State.DrainingAlone] = [Event.EndAsked],
        [State.Delivering] = [Event.AttemptDue, Event.EndAsked, Event.LeasesReturned],
        [State.Leaving] = [Event.AttemptDue, Event.Welcomed, Event.EndAsked, Event.LeasesReturned],
        [State.Ended] = [Event.DrainTimedOut],
    };

    private static readonly Dictionary<(State, Event), (State, Action)> Transitions = new()
    {
        [(State.Connecting, Event.AttemptDue)] = (State.Registering, Action.Connect),
        [(State.Connecting, Event.Welcomed)] = (State.Working, Action.None),
        [(State.Connecting, Event.PauseAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Connecting, Event.EndAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Registering, Event.Welcomed)] = (State.Working, Action.None),
        [(State.Registering, Event.ConnectionEnded)] = (State.Reconnecting, Action.ConnectLater),
        [(State.Registering, Event.PauseAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Registering, Event.EndAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Working, Event.ConnectionEnded)] = (State.Reconnecting, Action.ConnectLater),
        [(State.Working, Event.PauseAsked)] = (State.Draining, Action.StopLeases),
        [(State.Working, Event.EndAsked)] = (State.Draining, Action.StopLeases),
        [(State.Reconnecting, Event.AttemptDue)] = (State.Registering, Action.Connect),
        [(State.Reconnecting, Event.Welcomed)] = (State.Working, Action.None),
        [(State.Reconnecting, Event.PauseAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Reconnecting, Event.EndAsked)] = (State.DrainingAlone, Action.StopLeases),
        [(State.Draining, Event.ConnectionEnded)] = (State.DrainingAlone, Action.ConnectLater),
        [(State.Draining, Event.LeasesReturned)] = (State.Leaving, Action.SayGoodbye),
        [(State.DrainingAlone, Event.AttemptDue)] = (State.DrainingAlone, Action.Connect),
        [(State.DrainingAlone, Event.Welcomed)] = (State.Draining, Action.None),
        [(State.DrainingAlone, Event.ConnectionEnded)] = (State.DrainingAlone, Action.ConnectLater),
        [(State.DrainingAlone, Event.LeasesReturned)] = (State.Delivering, Action.Connect),
        [(State.Delivering, Event.Welcomed)] = (State.Leaving, Action.SayGoodbye),
        [(State.Delivering, Event.ConnectionEnded)] = (State.Ended, Action.End),
        [(State.Leaving, Event.ConnectionEnded)] = (State.Delivering, Action.Connect),
    };

    public static TheoryData<object, object> Everything
    {
        get
        {
            var all = new TheoryData<object, object>();
            foreach (var state in Enum.GetValues<State>())
                foreach (var what in Enum.GetValues<Event>())
                    all.Add(state, what);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Event_InAnyState_LeadsWhereTheTableSays(object from, object what)
    {
        var (state, happened) = ((State)from, (Event)what);
        Go(WaysTo[state]);
        Assert.Equal(state, _session.State);
        var expected = happened == Event.DrainTimedOut && state != State.Ended
            ? (State.Ended, Action.End)
            : Transitions.GetValueOrDefault((state, happened), (state, Action.None));

        var action = _session.Handle(happened, Undelivered.Scores);

        Assert.Equal(expected, (_session.State, action));
    }

    [Theory]
    [InlineData(0, true, State.Ended)]
    [InlineData(1, true, State.Delivering)]
    [InlineData(2, true, State.Delivering)]
    [InlineData(0, false, State.Ended)]
    [InlineData(1, false, State.Ended)]
    [InlineData(2, false, State.Delivering)]
    public void Undelivered_DecidesWhetherOneMoreAttemptIsMade(int undelivered, bool beforeGoodbye, object expected)
    {
        Go(beforeGoodbye ? WaysTo[State.DrainingAlone] : WaysTo[State.Leaving]);

        _session.Handle(beforeGoodbye ? Event.LeasesReturned : Event.ConnectionEnded, (Undelivered)undelivered);

        Assert.Equal((State)expected, _session.State);
    }

    [Fact]
    public void Delivering_IsTriedOnce()
    {
        Go(WaysTo[State.Delivering]);
        Go([Event.Welcomed, Event.ConnectionEnded]);

        Assert.Equal(State.Ended, _session.State);
    }

    [Fact]
    public void Pause_IsFollowedByTheNextRun()
    {
        Go([.. WaysTo[State.Working], Event.PauseAsked, Event.LeasesReturned]);

        Assert.Equal(Action.WaitForRun, _session.Handle(Event.ConnectionEnded));

        Assert.Equal(State.Connecting, _session.State);
        Assert.False(_session.IsEnding);
    }

    [Fact]
    public void End_AskedForDuringAPause_Prevails()
    {
        Go([.. WaysTo[State.Working], Event.PauseAsked, Event.EndAsked, Event.PauseAsked, Event.LeasesReturned]);

        Assert.Equal(Action.End, _session.Handle(Event.ConnectionEnded));
    }

    [Fact]
    public void Pause_AfterADelivery_MayDeliverAgain()
    {
        Event[] pause = [Event.PauseAsked, Event.LeasesReturned, Event.Welcomed, Event.ConnectionEnded];
        Go(pause);
        Assert.Equal(State.Connecting, _session.State);

        Go(pause[..2]);

        Assert.Equal(State.Delivering, _session.State);
    }

    private void Go(IEnumerable<Event> events)
    {
        foreach (var what in events)
            _session.Handle(what, Undelivered.Scores);
    }
}

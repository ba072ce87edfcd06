using System.Net;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Limits;

public sealed class ConnectionGateTests : IDisposable
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1"), There = IPAddress.Parse("192.0.2.2");
    private readonly FakeTime _time = new();
    private readonly Told _told = new();
    private readonly FloodLog _log;
    private readonly List<int> _cut = [];
    private int _entered;

    public ConnectionGateTests() => _log = new FloodLog(_told, _time, TimeSpan.FromMinutes(1));

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Enter_AddressFullOfMembers_NewOnesAreRefusedThereAlone()
    {
        using var gate = GateOf(new PeerLimits { ConnectionsPerAddress = 2 });
        Enter(gate, Here)!.Admit();
        var second = Enter(gate, Here)!;
        second.Admit();

        Assert.Null(Enter(gate, Here));
        Assert.NotNull(Enter(gate, There));
        gate.Leave(second);
        Assert.NotNull(Enter(gate, Here));
        Assert.Empty(_cut);
        Assert.Equal(["192.0.2.1: connections were refused: 2 of one address are taken"], _told.Warnings);
    }

    [Fact]
    public void Enter_AllTakenByGuestsOfAnother_TheOldestOfThemGoes()
    {
        using var gate = GateOf(new PeerLimits { Connections = 3 });
        Enter(gate, There)!.Admit();
        Enter(gate, There);
        Enter(gate, There);

        Assert.NotNull(Enter(gate, Here));

        Assert.Equal([2], _cut);
        Assert.Equal(
            ["192.0.2.2: connections without a session were cut for newer ones: 3 are taken"], _told.Warnings);
    }

    [Fact]
    public void Enter_AllTakenByMembers_NobodyIsCut()
    {
        using var gate = GateOf(new PeerLimits { Connections = 1 });
        Enter(gate, There)!.Admit();

        Assert.Null(Enter(gate, Here));

        Assert.Empty(_cut);
        Assert.Equal((1, 0), gate.Open);
    }

    [Fact]
    public void Time_CutsWhoHasNotAsked_AndLaterWhoHasNoSession()
    {
        var limits = new PeerLimits();
        using var gate = GateOf(limits);
        Enter(gate, Here);
        Enter(gate, Here)!.TryCall();
        Enter(gate, Here)!.Admit();

        _time.Advance(limits.FirstRequestTime);
        Assert.Equal([1], _cut);

        _time.Advance(limits.GuestTime - limits.FirstRequestTime);
        Assert.Equal([1, 2], _cut);

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([1, 2], _cut);
        // Cut, and not gone yet.
        Assert.Equal((3, 0), gate.Open);
    }

    [Fact]
    public void Calls_OfAGuest_AreCounted()
    {
        using var gate = GateOf(new PeerLimits { GuestCalls = 2 });
        var guest = Enter(gate, Here)!;

        Assert.Equal([true, true, false], [guest.TryCall(), guest.TryCall(), guest.TryCall()]);
        guest.Admit();
        Assert.True(guest.TryCall());
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff::", "2001:db8:1:2::")]
    [InlineData("::1", "::1")]
    public void Address_WhoseAreCountedTogether(string peer, string group) =>
        Assert.Equal(IPAddress.Parse(group), PeerAddress.GroupOf(new IPEndPoint(IPAddress.Parse(peer), 7)));

    [Theory]
    [InlineData("Max open files            1024                 4096                 files     ", 512)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 16384)]
    [InlineData("Max processes             1024                 4096                 processes ", 16384)]
    public void Connections_AreNoMoreThanHalfOfTheFilesThatMayBeOpen(string line, int most) =>
        Assert.Equal(most, new PeerLimits().Within(OpenFiles.Parse(["Limit  Soft  Hard  Units", line])).Connections);

    private ConnectionGate GateOf(PeerLimits limits) => new(limits, _time, _log);

    private PeerConnection? Enter(ConnectionGate gate, IPAddress address)
    {
        var number = ++_entered;
        return gate.TryEnter(address, () => _cut.Add(number));
    }

    internal sealed class Told : IRunObserver
    {
        private readonly List<RunEvent> _events = [];

        public IEnumerable<string> Warnings => _events.OfType<RunEvent.Warning>().Select(warning => warning.Text);

        public void Observe(RunEvent happened) => _events.Add(happened);
    }
}

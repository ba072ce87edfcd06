using System.Net;
using System.Threading.RateLimiting;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Connections;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// Counts connections, in all and of each address, before anything is read from them, TLS included. Those that ask for
/// nothing, or on which no session begins, are cut: after a while, or as soon as their place is needed, the oldest first.
/// </summary>
internal sealed class ConnectionGate : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Neighbours> _addresses = [];
    private readonly GuestList _guests = new();
    private readonly PeerLimits _limits;
    private readonly TimeProvider _time;
    private readonly FloodLog _log;
    private readonly RateLimiter _room;
    private readonly long _start;
    private readonly ITimer _sweeps;
    private int _connections;

    public ConnectionGate(PeerLimits limits, TimeProvider time, FloodLog log)
    {
        (_limits, _time, _log) = (limits, time, log);
        _room = PeerConnection.RoomOf(limits.Bytes, queue: int.MaxValue);
        _start = time.GetTimestamp();
        _sweeps = time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Connections that are open now, and how many of them are guests, which have no session.</summary>
    public (int All, int Guests) Open
    {
        get
        {
            lock (_lock)
                return (_connections, _guests.Count);
        }
    }

    /// <summary>A part of Kestrel's pipeline, to stand before TLS.</summary>
    public async Task PassAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (TryEnter(PeerAddress.GroupOf(connection.RemoteEndPoint), connection.Abort) is not { } peer)
        {
            connection.Abort();
            return;
        }

        using (peer)
        {
            connection.Features.Set(peer);
            try
            {
                await next(connection);
            }
            finally
            {
                Leave(peer);
            }
        }
    }

    /// <param name="cut">Ends the connection at once; called on any thread.</param>
    /// <returns>Null where there is no place for it.</returns>
    public PeerConnection? TryEnter(IPAddress address, Action cut)
    {
        PeerConnection? victim = null, peer = null;
        string? full;
        lock (_lock)
        {
            if (!_addresses.TryGetValue(address, out var there))
                _addresses[address] = there = new Neighbours();
            (full, victim) = MakePlace(there);
            if (full is null || victim is not null)
            {
                peer = new PeerConnection(address, _limits, _room, _time.GetElapsedTime(_start), cut, Admit);
                there.Count++;
                _connections++;
                there.Guests.Add(peer);
                _guests.Add(peer);
            }
            else if (there.Count == 0)
                _addresses.Remove(address);
        }

        if (victim is not null)
            Cut(victim, $"connections without a session were cut for newer ones: {full}");
        else if (peer is null)
            _log.Note(address, $"connections were refused: {full}");
        return peer;
    }

    public void Leave(PeerConnection peer)
    {
        lock (_lock)
        {
            Remove(peer);
            _connections--;
            if (--_addresses[peer.Address].Count == 0)
                _addresses.Remove(peer.Address);
        }
    }

    public void Dispose()
    {
        _sweeps.Dispose();
        _room.Dispose();
    }

    /// <returns>Which limit is met, if any, and who goes for the new one, if anyone can.</returns>
    private (string? Full, PeerConnection? Victim) MakePlace(Neighbours there)
    {
        var (full, victim) = there.Count >= _limits.ConnectionsPerAddress
            ? ($"{NumberText.Count(_limits.ConnectionsPerAddress)} of one address are taken", there.Guests.Oldest)
            : there.Guests.Count >= _limits.GuestsPerAddress
            ? ($"{NumberText.Count(_limits.GuestsPerAddress)} of one address are taken", there.Guests.Oldest)
            : _connections >= _limits.Connections
            ? ($"{NumberText.Count(_limits.Connections)} are taken", _guests.Oldest)
            : (null, null);
        if (victim is not null)
            Remove(victim);
        return (full, victim);
    }

    /// <summary>Cuts those whose time is over.</summary>
    private void Sweep()
    {
        List<PeerConnection> late;
        lock (_lock)
        {
            var now = _time.GetElapsedTime(_start);
            late = [.. _guests.OldestFirst.TakeWhile(guest => now - guest.Since >= _limits.FirstRequestTime)
                .Where(guest => !guest.HasAsked || now - guest.Since >= _limits.GuestTime)];
            late.ForEach(Remove);
        }

        foreach (var guest in late)
            Cut(guest, guest.HasAsked
                ? $"connections were cut: no session began within {Durations.Describe(_limits.GuestTime)}"
                : $"connections were cut: nothing was asked within {Durations.Describe(_limits.FirstRequestTime)}");
    }

    private void Cut(PeerConnection guest, string reason)
    {
        try
        {
            guest.Cut();
        }
        catch (Exception ended) when (ended is IOException or InvalidOperationException)
        {
            // It has ended by itself meanwhile.
        }

        _log.Note(guest.Address, reason);
    }

    private void Admit(PeerConnection peer)
    {
        lock (_lock)
            Remove(peer);
    }

    private void Remove(PeerConnection peer)
    {
        _guests.Remove(peer);
        if (_addresses.TryGetValue(peer.Address, out var there))
            there.Guests.Remove(peer);
    }

    private sealed class Neighbours
    {
        /// <summary>Of connections, those without a session included.</summary>
        public int Count { get; set; }

        public GuestList Guests { get; } = new();
    }

    private sealed class GuestList
    {
        private readonly LinkedList<PeerConnection> _byAge = [];
        private readonly Dictionary<PeerConnection, LinkedListNode<PeerConnection>> _places = [];

        public int Count => _places.Count;

        public PeerConnection? Oldest => _byAge.First?.Value;

        public IEnumerable<PeerConnection> OldestFirst => _byAge;

        public void Add(PeerConnection guest) => _places[guest] = _byAge.AddLast(guest);

        public void Remove(PeerConnection guest)
        {
            if (_places.Remove(guest, out var place))
                _byAge.Remove(place);
        }
    }
}

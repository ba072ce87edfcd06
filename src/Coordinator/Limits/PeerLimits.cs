namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// What one peer, and all of them together, may take of the coordinator. Every figure stands here, and in
/// docs/security.md. A fleet of 2,000 workers behind one address that all come back at once stays below each of them, as
/// does one whose links carry 1 MB/s.
/// </summary>
internal sealed record PeerLimits
{
    /// <summary>With fewer than so many <see cref="Connections"/> the person who starts a run is warned.</summary>
    public const int FewConnections = 1_000;

    /// <summary>Connections at once, from all addresses.</summary>
    public int Connections { get; init; } = 16_384;

    /// <summary>
    /// Of <see cref="Connections"/>, from one address (of IPv6: one /64). Workers have one or two each.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = 8_192;

    /// <summary>
    /// Of <see cref="ConnectionsPerAddress"/>, those on which no session has begun yet. For one more the oldest is cut:
    /// whoever is slow goes, not whoever is new.
    /// </summary>
    public int GuestsPerAddress { get; init; } = 4_096;

    /// <summary>From the connection to its first request, the handshake of TLS included.</summary>
    public TimeSpan FirstRequestTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From the connection to its first session.</summary>
    public TimeSpan GuestTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls on a connection before its first session begins; more, and it is cut.</summary>
    public int GuestCalls { get; init; } = 256;

    /// <summary>A connection on which no call is open.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls at once on one connection; a worker has ten at most.</summary>
    public int StreamsPerConnection { get; init; } = 64;

    /// <summary>Bytes of the headers of a call.</summary>
    public int HeaderBytes { get; init; } = 16 << 10;

    /// <summary>Until the headers of a call are there, once they have begun.</summary>
    public TimeSpan HeaderTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Bytes of a message. A batch of the largest window is below, a report of one second's scores far below.
    /// </summary>
    public int MessageBytes { get; init; } = 16 << 20;

    /// <summary>Bytes of a message, as long as no session has begun on the connection: of a Hello a hundredth.</summary>
    public int GuestMessageBytes { get; init; } = 64 << 10;

    /// <summary>Bytes of messages that have begun on one connection and have not been taken in: 2 of the largest.</summary>
    public int BytesPerConnection { get; init; } = 32 << 20;

    /// <summary>As <see cref="BytesPerConnection"/>, as long as no session has begun on it.</summary>
    public int GuestBytesPerConnection { get; init; } = 256 << 10;

    /// <summary>As <see cref="BytesPerConnection"/>, of all connections with a session. More wait until there is room.
    /// </summary>
    public int Bytes { get; init; } = 256 << 20;

    /// <summary>From a call's beginning to its first message.</summary>
    public TimeSpan FirstMessageTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// From a message's first byte to its last: the largest needs 280 kB/s, a piece of a shard 18 kB/s. Also between two
    /// pieces of a shard.
    /// </summary>
    public TimeSpan MessageTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For the worker to take what is sent to it, a message of 1 MiB at most.</summary>
    public TimeSpan TakeTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Sessions at once.</summary>
    public int Sessions { get; init; } = 8_192;

    /// <summary>Calls at once of one session, beside its own stream: files, scores, shards.</summary>
    public int CallsAtOnce { get; init; } = 32;

    /// <summary>Calls a second of one session, beside its own stream.</summary>
    public int CallsPerSecond { get; init; } = 100;

    /// <summary>More than <see cref="CallsPerSecond"/> for a moment: so many after a quiet time.</summary>
    public int CallsInARush { get; init; } = 500;

    /// <summary>Messages a second on the stream of one session. More are read later, and none is lost.</summary>
    public int MessagesPerSecond { get; init; } = 1_000;

    /// <summary>More than <see cref="MessagesPerSecond"/> for a moment: so many after a quiet time.</summary>
    public int MessagesInARush { get; init; } = 4_000;

    /// <summary>Messages that wait for one worker to read them; more, and its session ends.</summary>
    public int UnreadMessages { get; init; } = 4_096;

    /// <summary>Bytes of the messages that wait for one worker to read them.</summary>
    public int UnreadBytes { get; init; } = 16 << 20;

    /// <summary>Wrong tokens from one address that are answered at once, after a quiet time; one more each second.</summary>
    public int WrongTokensAtOnce { get; init; } = 10;

    /// <summary>Before the answer to a wrong token: a tenth of a second more each time, up to this. A right one never waits.
    /// </summary>
    public TimeSpan LongestTokenPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Wrong tokens whose answers wait; the connection of one more is cut.</summary>
    public int WaitingWrongTokens { get; init; } = 1_024;

    /// <summary>Connections at once to the socket for a person's commands.</summary>
    public int ControlConnections { get; init; } = 64;

    /// <summary>Bytes of a person's command: the names that it is about.</summary>
    public int ControlBytes { get; init; } = 256 << 10;

    /// <summary>Until a person's command is there, once it has begun.</summary>
    public TimeSpan ControlTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the person who watches is told of one kind of trouble from one address.</summary>
    public TimeSpan TellInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>No more connections than half of the files that this process may have open.</summary>
    /// <param name="openFiles">Null where that is not known.</param>
    public PeerLimits Within(int? openFiles) => openFiles is { } most
        ? this with
        {
            Connections = Math.Min(Connections, most / 2),
            ConnectionsPerAddress = Math.Min(ConnectionsPerAddress, most / 2),
        }
        : this;
}

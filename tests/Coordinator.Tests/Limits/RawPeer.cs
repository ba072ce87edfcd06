using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using FineWebTorch.Coordinator.Tests.Sessions;

namespace FineWebTorch.Coordinator.Tests.Limits;

/// <summary>A peer that speaks HTTP/2 byte by byte, as no library would let it.</summary>
internal sealed class RawPeer : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte EndStream = 1, EndHeaders = 4;
    public const string Session = "/fineweb.v1.Coordination/Work";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Socket _socket;
    private readonly byte[] _header = new byte[9];

    private RawPeer(Socket socket) => _socket = socket;

    public static ReadOnlyMemory<byte> Preface { get; } = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    /// <summary>Connected; nothing is sent.</summary>
    public static async Task<RawPeer> ConnectAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawPeer(socket);
    }

    /// <summary>Connected, with the preface and its settings sent.</summary>
    /// <param name="window">Bytes of a stream that it takes before it says that it takes more.</param>
    public static async Task<RawPeer> BegunAsync(Uri address, int window = 65_535)
    {
        var peer = await ConnectAsync(address);
        await peer.SendAsync(Preface);
        var settings = new byte[6];
        settings[1] = 4;
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(2), window);
        await peer.SendFrameAsync(Settings, 0, 0, settings);
        return peer;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    public Task SendFrameAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload) =>
        SendAsync(Frame(type, flags, stream, payload.Span));

    /// <summary>Begins a call of gRPC.</summary>
    public Task CallAsync(int stream, string method, string session = "") =>
        SendFrameAsync(Headers, EndHeaders, stream, HeadersOf(method, session));

    /// <summary>The first bytes of a message, which announce its size.</summary>
    /// <param name="announced">Bytes.</param>
    /// <param name="sent">Bytes of it that follow at once.</param>
    public Task SendMessageAsync(int stream, long announced, byte[] sent)
    {
        var message = new byte[5 + sent.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), (uint)announced);
        sent.CopyTo(message, 5);
        return SendFrameAsync(Data, 0, stream, message);
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    public static byte[] HeadersOf(string method, string session = "")
    {
        var block = new List<byte>();
        foreach (var (name, value) in ((string, string)[])
            [(":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "a"), ("te", "trailers"),
                ("content-type", "application/grpc"), ("fineweb-session", session),
                ("fineweb-worker", FakeWorker.KeyOf("hostile"))])
        {
            // A literal that is not to be remembered, without Huffman's code.
            block.AddRange([0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name)]);
            block.AddRange([(byte)value.Length, .. Encoding.ASCII.GetBytes(value)]);
        }

        return [.. block];
    }

    /// <returns>Null where the coordinator has closed the connection.</returns>
    public async Task<(byte Type, int Stream, byte[] Payload)?> ReadFrameAsync()
    {
        if (!await FillAsync(_header))
            return null;
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(_header) >>> 8];
        return await FillAsync(payload)
            ? (_header[3], BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(5)) & int.MaxValue, payload)
            : null;
    }

    /// <summary>The next frame of a kind; null where the connection was closed before.</summary>
    public async Task<byte[]?> UntilAsync(byte type, int? stream = null)
    {
        while (await ReadFrameAsync() is { } frame)
        {
            if (frame.Type == type && frame.Stream == (stream ?? frame.Stream))
                return frame.Payload;
        }

        return null;
    }

    /// <summary>Reads until the coordinator has closed the connection; fails where it does not.</summary>
    /// <returns>How many frames of each kind came before.</returns>
    public async Task<Dictionary<byte, int>> UntilClosedAsync()
    {
        var counts = new Dictionary<byte, int>();
        while (await ReadFrameAsync() is { } frame)
            counts[frame.Type] = counts.GetValueOrDefault(frame.Type) + 1;
        return counts;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync(Memory<byte> buffer)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (buffer.Length > 0)
            {
                var count = await _socket.ReceiveAsync(buffer, patience.Token);
                if (count == 0)
                    return false;
                buffer = buffer[count..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

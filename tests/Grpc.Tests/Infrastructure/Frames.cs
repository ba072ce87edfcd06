using System.Buffers.Binary;
using System.IO.Compression;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>Messages as they stand on the wire, made and taken apart without the library under test.</summary>
internal static class Frames
{
    public static byte[] Of(Note note) => Of(note.ToByteArray());

    public static byte[] Of(byte[] payload, byte flag = 0)
    {
        var frame = new byte[5 + payload.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Gzip(byte[] payload) =>
        Compress(payload, output => new GZipStream(output, CompressionLevel.Fastest));

    public static byte[] Zlib(byte[] payload) =>
        Compress(payload, output => new ZLibStream(output, CompressionLevel.Fastest));

    public static byte[] Gunzip(byte[] payload)
    {
        using var stream = new GZipStream(new MemoryStream(payload), CompressionMode.Decompress);
        var output = new MemoryStream();
        stream.CopyTo(output);
        return output.ToArray();
    }

    public static List<(byte Flag, byte[] Payload)> Split(byte[] body)
    {
        List<(byte Flag, byte[] Payload)> frames = [];
        for (var rest = body.AsSpan(); rest.Length > 0;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
            frames.Add((rest[0], rest.Slice(5, length).ToArray()));
            rest = rest[(5 + length)..];
        }

        return frames;
    }

    private static byte[] Compress(byte[] payload, Func<Stream, Stream> compression)
    {
        var output = new MemoryStream();
        using (var stream = compression(output)) stream.Write(payload);
        return output.ToArray();
    }
}

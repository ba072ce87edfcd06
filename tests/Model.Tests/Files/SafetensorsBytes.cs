using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Model.Tests.Files;

/// <summary>Makes files by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(string header, int dataLength) => Of(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] Of(byte[] header, byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        return [.. prefix, .. header, .. data];
    }

    /// <summary>One F32 tensor of zeros a name.</summary>
    public static byte[] Floats(params (string Name, int Count)[] tensors)
    {
        var begin = 0;
        var entries = new List<string>();
        foreach (var (name, count) in tensors)
        {
            entries.Add($$"""
                "{{name}}":{"dtype":"F32","shape":[{{count}}],"data_offsets":[{{begin}},{{begin + 4 * count}}]}
                """);
            begin += 4 * count;
        }
        return Of($"{{{string.Join(",", entries)}}}", begin);
    }
}

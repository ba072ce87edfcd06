using System.Buffers.Binary;
using System.Text.Json;

namespace FineWebTorch.PeerModels;

/// <summary>Where a safetensors file holds a tensor.</summary>
/// <param name="Offset">From the beginning of the file, in bytes.</param>
/// <param name="Length">In bytes.</param>
internal sealed record StoredTensor(long[] Shape, long Offset, long Length)
{
    /// <exception cref="InvalidDataException">A tensor is not in fp32, as the graph wants it.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> In(string path)
    {
        using var file = File.OpenRead(path);
        var prefix = new byte[sizeof(ulong)];
        file.ReadExactly(prefix);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(prefix)];
        file.ReadExactly(header);
        using var document = JsonDocument.Parse(header);
        return document.RootElement.EnumerateObject()
            .Where(entry => entry.Name != "__metadata__")
            .ToDictionary(entry => entry.Name, entry => Of(path, entry, prefix.Length + header.Length));
    }

    private static StoredTensor Of(string path, JsonProperty entry, long start)
    {
        if (entry.Value.GetProperty("dtype").GetString() != "F32")
            throw new InvalidDataException($"{path}: {entry.Name} is not in fp32; give a model with fp32 weights");
        var offsets = entry.Value.GetProperty("data_offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        return new StoredTensor(
            [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
            start + begin, end - begin);
    }
}

using System.Buffers.Binary;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Model;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>A safetensors file: its length, its header, its offsets; then every byte that it says there is.</summary>
internal sealed class SafetensorsTarget : FuzzTarget
{
    private readonly JsonMutator _json =
        new("__metadata__ dtype shape data_offsets F32 BF16 I64 BOOL F4 F8_E4M3 a");
    private readonly ByteMutator _bytes = new();

    public override string? BorrowedSeeds => "tests/data/safetensors";

    public override IEnumerable<byte[]> Seeds =>
    [
        Of("""{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""", 8),
        Of("""{"__metadata__":{"format":"pt"},"x":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""", 8),
        Of("""{"e":{"dtype":"F16","shape":[0,4],"data_offsets":[0,0]}}""", 0),
        Of("{}", 0),
        "version https://git-lfs.github.com/spec/v1\n"u8.ToArray(),
    ];

    public override void Run(byte[] input)
    {
        var path = Workshop["model.safetensors"];
        File.WriteAllBytes(path, input);
        using var file = SafetensorsFile.Open(path);
        var sum = 0L;
        foreach (var entry in file.Entries.Values)
        {
            foreach (var value in file.Bytes(entry))
                sum += value;
        }

        if (sum > 255L * input.Length)
            throw new BrokenPromiseException("tensors lie over each other");
    }

    public override bool IsRefusal(Exception exception) => exception is ModelFileException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (input.Length < 8 || random.Next(5) == 0)
            return _bytes.Mutate(input, other, random);
        var length = (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(input), (ulong)input.Length - 8);
        var header = _json.Mutate(input[8..(8 + length)], other.Length > 8 ? other[8..] : [], random);
        var data = random.Next(4) == 0 ? _bytes.Mutate(input[(8 + length)..], [], random) : input[(8 + length)..];
        var mutant = Of(header, data);
        if (random.Next(8) == 0)
            BinaryPrimitives.WriteInt64LittleEndian(mutant, Interesting.Number(random));
        return mutant;
    }

    private static byte[] Of(string header, int dataBytes) =>
        Of(System.Text.Encoding.UTF8.GetBytes(header), new byte[dataBytes]);

    private static byte[] Of(byte[] header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }
}

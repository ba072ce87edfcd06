using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.PeerModels;

/// <summary>A graph in ONNX's format (onnx/onnx.proto, opset 17), whose weights stay in a safetensors file.</summary>
/// <param name="weightsFile">Its name; it lies beside the graph.</param>
/// <param name="weights">What it holds, by name.</param>
internal sealed class OnnxGraph(string weightsFile, IReadOnlyDictionary<string, StoredTensor> weights)
{
    private const int Float = 1, Int64 = 7;
    private const int External = 1;
    private const int AttributeFloat = 1, AttributeInt = 2, AttributeInts = 7;

    private readonly ProtoMessage _graph = new ProtoMessage().Text(2, "classifier");
    private readonly HashSet<string> _used = [];
    private int _values;

    /// <summary>Appends an operation; an attribute is a float, a number or a list of numbers.</summary>
    /// <returns>The name of its result.</returns>
    public string Node(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var output = $"{operation}_{_values++}";
        var node = new ProtoMessage();
        foreach (var input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, operation);
        foreach (var (name, value) in attributes)
            node.Message(5, Attribute(name, value));
        _graph.Message(1, node);
        return output;
    }

    /// <summary>A weight, by its name in the file.</summary>
    public string Weight(string name)
    {
        if (_used.Add(name))
            _graph.Message(5, Initializer(name, weights[name]));
        return name;
    }

    /// <summary>One number, or a list of them.</summary>
    public string Constant(params ReadOnlySpan<long> values) =>
        Constant(Int64, [values.Length], MemoryMarshal.AsBytes(values));

    public string Constant(float value) =>
        Constant(Float, [], MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in value)));

    /// <summary>An input [batch, sequence] of whole numbers.</summary>
    public string Input(string name)
    {
        _graph.Message(11, Value(name, Int64, "batch", "sequence"));
        return name;
    }

    /// <summary>Names a result [batch, 1] as the graph's output.</summary>
    public void Output(string name, string value)
    {
        _graph.Message(1, new ProtoMessage().Text(1, value).Text(2, name).Text(4, "Identity"));
        _graph.Message(12, Value(name, Float, "batch", "one"));
    }

    public void Write(string path)
    {
        var model = new ProtoMessage().Number(1, 8).Text(2, "FineWebTorch")
            .Message(7, _graph)
            .Message(8, new ProtoMessage().Text(1, "").Number(2, 17));
        File.WriteAllBytes(path, model.Bytes);
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        var attribute = new ProtoMessage().Text(1, name);
        switch (value)
        {
            case float number:
                return attribute.Single(2, number).Number(20, AttributeFloat);
            case int number:
                return attribute.Number(3, number).Number(20, AttributeInt);
            default:
                foreach (var one in (int[])value)
                    attribute.Number(8, one);
                return attribute.Number(20, AttributeInts);
        }
    }

    private static ProtoMessage Value(string name, int type, params string[] dimensions)
    {
        var shape = new ProtoMessage();
        foreach (var dimension in dimensions)
            shape.Message(1, new ProtoMessage().Text(2, dimension));
        var tensor = new ProtoMessage().Number(1, type).Message(2, shape);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }

    private string Constant(int type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        var name = $"constant_{_values++}";
        _graph.Message(5, Tensor(name, type, shape).Block(9, bytes));
        return name;
    }

    private ProtoMessage Initializer(string name, StoredTensor stored) => Tensor(name, Float, stored.Shape)
        .Message(13, new ProtoMessage().Text(1, "location").Text(2, weightsFile))
        .Message(13, new ProtoMessage().Text(1, "offset").Text(2, $"{stored.Offset}"))
        .Message(13, new ProtoMessage().Text(1, "length").Text(2, $"{stored.Length}"))
        .Number(14, External);

    private static ProtoMessage Tensor(string name, int type, ReadOnlySpan<long> shape)
    {
        var tensor = new ProtoMessage();
        foreach (var size in shape)
            tensor.Number(1, size);
        return tensor.Number(2, type).Text(8, name);
    }
}

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

/// <summary>A protocol buffers message under construction (protobuf.dev/programming-guides/encoding).</summary>
internal sealed class ProtoMessage
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public ProtoMessage Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public ProtoMessage Single(int field, float value)
    {
        Varint(((ulong)field << 3) | 5);
        _bytes.Write(BitConverter.GetBytes(value));
        return this;
    }

    public ProtoMessage Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage value) => Block(field, value.Bytes);

    public ProtoMessage Block(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}

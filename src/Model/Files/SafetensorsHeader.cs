using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FineWebTorch.Model.Files;

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), then JSON that maps names to dtype, shape
/// and byte range. Accepts what the official library (0.8) accepts, but for names that occur twice, which are always
/// refused here, and for headers of more than 16 MB: that of a classifier has some 30 KB. https://github.com/huggingface/safetensors#format
/// </summary>
internal static class SafetensorsHeader
{
    public const int MaxLength = 16_000_000;
    public const int PrefixLength = 8;

    private const string MetadataKey = "__metadata__";

    /// <summary>The length that the first 8 bytes promise, checked against the file.</summary>
    /// <exception cref="FormatException">No header can be there; the message says why.</exception>
    public static int ReadLength(ReadOnlySpan<byte> prefix, long fileLength)
    {
        if (prefix.Length < PrefixLength)
            throw new FormatException($"has {fileLength} bytes, too few for a header");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength)
            throw new FormatException($"says that its header has {length} bytes, over the limit of {MaxLength}");
        if (length > (ulong)(fileLength - PrefixLength))
            throw new FormatException($"ends within its header ({fileLength} bytes; the header has {length})");
        return (int)length;
    }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Bytes of the file after the header; the tensors must cover them exactly.</param>
    /// <returns>The tensors in the order of their bytes.</returns>
    /// <exception cref="FormatException">The header cannot be trusted; the message says why.</exception>
    public static IReadOnlyList<SafetensorsEntry> Parse(ReadOnlySpan<byte> json, ulong dataLength)
    {
        if (!Utf8.IsValid(json))
            throw new FormatException("has a header that is not UTF-8");
        try
        {
            var entries = ReadEntries(json);
            entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            CheckLayout(entries, dataLength);
            return entries;
        }
        catch (JsonException caught)
        {
            throw new FormatException("has a header that is not valid JSON", caught);
        }
    }

    private static List<SafetensorsEntry> ReadEntries(ReadOnlySpan<byte> json)
    {
        // 127: the depth at which the official library stops.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 127 });
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.StartObject, "has a header that is not a JSON object");
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = TextOf(ref reader);
            Expect(names.Add(name), $"names '{name}' twice in its header");
            reader.Read();
            if (name == MetadataKey)
                SkipMetadata(ref reader);
            else
                entries.Add(SafetensorsEntry.Read(ref reader, name));
        }
        reader.Read(); // refuses what follows the object
        return entries;
    }

    private static void SkipMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        Expect(reader.TokenType == JsonTokenType.StartObject, $"has a {MetadataKey} that is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            TextOf(ref reader);
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.String, $"has a value in {MetadataKey} that is not a string");
            TextOf(ref reader);
        }
    }

    private static void CheckLayout(List<SafetensorsEntry> entries, ulong dataLength)
    {
        ulong covered = 0;
        foreach (var entry in entries)
        {
            Expect(entry.Begin == covered && entry.End >= entry.Begin,
                $"puts tensor '{entry.Name}' at bytes {entry.Begin} to {entry.End}, where {covered} is the next free");
            Expect(ByteLength(entry) == entry.End - entry.Begin,
                $"gives tensor '{entry.Name}' {entry.End - entry.Begin} bytes, but {entry.Dtype} {entry.ShapeText} "
                + $"needs {ByteLength(entry)}");
            covered = entry.End;
        }
        Expect(covered == dataLength, $"has {dataLength} bytes of data where its header describes {covered}");
    }

    private static ulong ByteLength(SafetensorsEntry entry)
    {
        try
        {
            var bits = (ulong)SafetensorsDtypes.Bits(entry.Dtype);
            checked
            {
                bits *= entry.Shape.Aggregate(1UL, (product, size) => product * size);
            }
            Expect(bits % 8 == 0, $"has a tensor '{entry.Name}' that ends within a byte");
            return bits / 8;
        }
        catch (OverflowException caught)
        {
            throw new FormatException($"has a tensor '{entry.Name}' of impossible shape {entry.ShapeText}", caught);
        }
    }

    /// <summary>Text of a name or string; half a surrogate pair in an escape is no text.</summary>
    internal static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException caught)
        {
            throw new FormatException(
                $"has a string in its header that is not Unicode: {Encoding.UTF8.GetString(reader.ValueSpan)}", caught);
        }
    }

    internal static void Expect(bool holds, string problem)
    {
        if (!holds)
            throw new FormatException(problem);
    }

    /// <summary>A header may hold millions of numbers that are as they should be: their problem is not written.</summary>
    internal static void Expect(
        bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref ProblemText problem)
    {
        if (!holds)
            throw new FormatException(problem.ToStringAndClear());
    }

    [InterpolatedStringHandler]
    internal ref struct ProblemText
    {
        private DefaultInterpolatedStringHandler _text;

        public ProblemText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public string ToStringAndClear() => _text.ToStringAndClear();
    }
}

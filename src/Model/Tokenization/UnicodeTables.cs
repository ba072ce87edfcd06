using System.Buffers.Binary;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// Unicode as the reference tokenizer sees it. Each property has a Unicode version of its own, and none is .NET's:
/// <c>build/unicode-tables</c> makes the tables and describes their format.
/// </summary>
internal sealed class UnicodeTables
{
    public const int CodePoints = 0x110000;

    public const int BlockSize = 256;

    private readonly byte[] _file;
    private readonly int _palette;
    private readonly int _index;
    private readonly int _blocks;

    private UnicodeTables(byte[] file)
    {
        _file = file;
        if (!file.AsSpan().StartsWith("FWU1"u8))
            throw new InvalidDataException("unicode.bin: not the tokenizer's Unicode tables");
        _palette = 6;
        _index = _palette + (2 * Count(4)) + 2;
        _blocks = _index + (CodePoints / BlockSize);
        var decompositions = _blocks + (BlockSize * Count(_index - 2));
        Decompositions = ReadMap(decompositions, out var lowerCase);
        LowerCase = ReadMap(lowerCase, out _);
    }

    public static UnicodeTables Instance { get; } = new(Resource());

    /// <summary>Canonical decompositions of one step, but Hangul's; Second is 0 where there is one.</summary>
    public IReadOnlyDictionary<int, (int First, int Second)> Decompositions { get; }

    public IReadOnlyDictionary<int, (int First, int Second)> LowerCase { get; }

    public UnicodeClass ClassOf(int codePoint) => (UnicodeClass)(_file[RowOf(codePoint)] & 3);

    public bool IsWhiteSpace(int codePoint) => (_file[RowOf(codePoint)] & 4) != 0;

    public int CombiningClassOf(int codePoint) => _file[RowOf(codePoint) + 1];

    /// <summary>Blocks of one number have the same properties, code point by code point.</summary>
    public int BlockOf(int codePoint) => _file[_index + (codePoint / BlockSize)];

    private int RowOf(int codePoint)
    {
        return _palette + (2 * _file[_blocks + (BlockOf(codePoint) * BlockSize) + (codePoint % BlockSize)]);
    }

    private Dictionary<int, (int First, int Second)> ReadMap(int offset, out int end)
    {
        var count = Count(offset);
        var map = new Dictionary<int, (int First, int Second)>(count);
        for (end = offset + 2; count > 0; count--, end += 9)
            map.Add(CodePoint(end), (CodePoint(end + 3), CodePoint(end + 6)));
        return map;
    }

    private int Count(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private int CodePoint(int offset) => _file[offset] | (_file[offset + 1] << 8) | (_file[offset + 2] << 16);

    private static byte[] Resource()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("unicode.bin")!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }
}

/// <summary>A code point's general category, as far as BERT's tokenizer tells them apart.</summary>
internal enum UnicodeClass
{
    Other = 0,

    /// <summary>Cc, Cf or Co: what cleaning removes. Unassigned code points are not among them.</summary>
    Control = 1,
    Punctuation = 2,
    NonspacingMark = 3,
}

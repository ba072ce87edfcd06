using System.Collections.Concurrent;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// What every code point becomes under one choice of normaliser settings, in two stages of 256: cleaning, spaces around
/// Chinese characters, canonical decomposition without nonspacing marks, lower case, and where words end.
/// </summary>
internal sealed class NormalizationTable(ushort[] index, NormalizedCharacter[] blocks, byte[] payload)
{
    private static readonly ConcurrentDictionary<NormalizerSettings, NormalizationTable> Tables = new();

    /// <summary>
    /// What mapped characters become, as UTF-8. Of a complex one: a count, and for each part its kind (a
    /// <see cref="CharacterKind"/>; dropped: a removed mark that ends a run of combining marks), its combining class,
    /// the length of its UTF-8, and that.
    /// </summary>
    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>Made once per settings and shared.</summary>
    public static NormalizationTable Of(NormalizerSettings settings) =>
        Tables.GetOrAdd(settings, static made => new NormalizationTableBuilder(made, UnicodeTables.Instance).Build());

    public NormalizedCharacter this[int codePoint] => blocks[(index[codePoint >> 8] << 8) | (codePoint & 0xFF)];
}

/// <summary>What a code point does to the words of a text, once normalised.</summary>
internal enum CharacterKind
{
    /// <summary>Belongs to a word as it is.</summary>
    Same = 0,

    /// <summary>Becomes other characters of the same word, all of combining class 0.</summary>
    Mapped = 1,

    /// <summary>Vanishes; the word goes on.</summary>
    Dropped = 2,

    /// <summary>Ends a word.</summary>
    Space = 3,

    /// <summary>A word of its own.</summary>
    Isolated = 4,

    /// <summary>As <see cref="Isolated"/>, but written otherwise once normalised.</summary>
    MappedIsolated = 5,

    /// <summary>A sequence of the other kinds, or one that takes part in canonical reordering.</summary>
    Complex = 6,
}

/// <summary>
/// One code point's part in a text, packed into 32 bits: kind (3), UTF-8 length (4) and count of code points (2) of
/// what it becomes, and where that lies in <see cref="NormalizationTable.Payload"/> (23).
/// </summary>
internal readonly record struct NormalizedCharacter(uint Bits)
{
    public const int MaxLength = 15;
    public const int MaxCodePoints = 3;

    public NormalizedCharacter(CharacterKind kind, int offset = 0, int length = 0, int codePoints = 0)
        : this((uint)kind | ((uint)length << 3) | ((uint)codePoints << 7) | ((uint)offset << 9))
    {
    }

    public CharacterKind Kind => (CharacterKind)(Bits & 7);

    public int Length => (int)(Bits >> 3) & 15;

    public int CodePoints => (int)(Bits >> 7) & 3;

    public int Offset => (int)(Bits >> 9);
}

/// <summary>The parts of a complex character, as <see cref="NormalizationTable.Payload"/> lists them.</summary>
internal ref struct CharacterParts(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload[1..];
    private int _left = payload[0];
    private ReadOnlySpan<byte> _bytes;

    /// <summary>Dropped: a removed mark that ends a run of combining marks; it has no bytes that count.</summary>
    public CharacterKind Kind { get; private set; }

    /// <summary>Not 0: canonical reordering moves it.</summary>
    public int CombiningClass { get; private set; }

    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    public bool Next()
    {
        if (_left-- == 0)
            return false;
        (Kind, CombiningClass, var length) = ((CharacterKind)_rest[0], _rest[1], _rest[2]);
        _bytes = _rest.Slice(3, length);
        _rest = _rest[(3 + length)..];
        return true;
    }
}

internal sealed class NormalizationTableBuilder(NormalizerSettings settings, UnicodeTables unicode)
{
    private const int BlockSize = UnicodeTables.BlockSize;

    private readonly CharacterNormalizer _normalizer = new(settings, unicode);
    private readonly List<byte> _payload = [];
    private readonly List<NormalizedCharacter> _blocks = [];
    private readonly Dictionary<NormalizedCharacter, ushort> _uniformBlocks = [];

    public NormalizationTable Build()
    {
        var index = new ushort[UnicodeTables.CodePoints / BlockSize];
        var block = new NormalizedCharacter[BlockSize];
        var known = new Dictionary<(int, bool), ushort>();
        for (var i = 0; i < index.Length; i++)
        {
            // Characters that map to none other are all that their properties and their range make of them.
            var plain = _normalizer.PlainBlock(i * BlockSize);
            if (plain is { } kind && known.TryGetValue(kind, out index[i]))
                continue;
            for (var j = 0; j < BlockSize; j++)
                block[j] = Describe((i * BlockSize) + j);
            index[i] = Store(block);
            if (plain is { } made)
                known.Add(made, index[i]);
        }
        return new NormalizationTable(index, [.. _blocks], [.. _payload]);
    }

    /// <summary>Most of Unicode is blocks in which every code point fares alike: those are stored once.</summary>
    private ushort Store(NormalizedCharacter[] block)
    {
        var uniform = !block.AsSpan().ContainsAnyExcept(block[0]);
        if (uniform && _uniformBlocks.TryGetValue(block[0], out var known))
            return known;
        var number = (ushort)(_blocks.Count / BlockSize);
        _blocks.AddRange(block);
        if (uniform)
            _uniformBlocks.Add(block[0], number);
        return number;
    }

    private NormalizedCharacter Describe(int codePoint)
    {
        var parts = _normalizer.Normalize(codePoint);
        if (parts.Length == 0)
            return new NormalizedCharacter(CharacterKind.Dropped);
        if (parts.Length == 1 && parts[0].Kind == CharacterKind.Space)
            return new NormalizedCharacter(CharacterKind.Space);
        // Invalid UTF-8 is read as U+FFFD, so its bytes cannot be copied from the text.
        var same = parts.Length == 1 && parts[0].CodePoint == codePoint && codePoint != Utf8CodePoint.Replacement;
        if (parts.Length == 1 && parts[0].Kind == CharacterKind.Isolated)
            return same ? new NormalizedCharacter(CharacterKind.Isolated) : Mapped(CharacterKind.MappedIsolated, parts);
        foreach (var part in parts)
        {
            if (part.Kind != CharacterKind.Same || part.CombiningClass != 0)
                return Complex(parts);
        }
        return same ? new NormalizedCharacter(CharacterKind.Same) : Mapped(CharacterKind.Mapped, parts);
    }

    private NormalizedCharacter Mapped(CharacterKind kind, ReadOnlySpan<CharacterPart> parts)
    {
        var offset = _payload.Count;
        foreach (var part in parts)
            Utf8CodePoint.Append(_payload, part.CodePoint);
        var length = _payload.Count - offset;
        if (parts.Length > NormalizedCharacter.MaxCodePoints || length > NormalizedCharacter.MaxLength)
            throw new InvalidDataException("unicode.bin: a code point becomes more than the tables can hold");
        return new NormalizedCharacter(kind, offset, length, parts.Length);
    }

    private NormalizedCharacter Complex(ReadOnlySpan<CharacterPart> parts)
    {
        var offset = _payload.Count;
        _payload.Add((byte)parts.Length);
        foreach (var part in parts)
        {
            _payload.Add((byte)part.Kind);
            _payload.Add((byte)part.CombiningClass);
            _payload.Add((byte)Utf8CodePoint.LengthOf(part.CodePoint));
            Utf8CodePoint.Append(_payload, part.CodePoint);
        }
        return new NormalizedCharacter(CharacterKind.Complex, offset);
    }
}

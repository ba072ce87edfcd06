namespace FineWebTorch.Model.Tokenization;

internal sealed class NormalizationTableBuilder(NormalizerSettings settings, UnicodeTables unicode)
{
    private const int BlockSize = UnicodeTables.BlockSize;

    private readonly CharacterNormalizer _normalizer = new(settings, unicode);
    private readonly List<byte> _payload = [];
    private readonly List<Character> _blocks = [];
    private readonly Dictionary<Character, ushort> _uniformBlocks = [];

    public NormalizationTable Build()
    {
        var index = new ushort[UnicodeTables.CodePoints / BlockSize];
        var block = new Character[BlockSize];
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
    private ushort Store(Character[] block)
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

    private Character Describe(int codePoint)
    {
        var parts = _normalizer.Normalize(codePoint);
        if (parts.Length == 0)
            return new Character(CharacterKind.Dropped);
        if (parts.Length == 1 && parts[0].Kind == CharacterKind.Space)
            return new Character(CharacterKind.Space);
        // Invalid UTF-8 is read as U+FFFD, so its bytes cannot be copied from the text.
        var same = parts.Length == 1 && parts[0].CodePoint == codePoint && codePoint != Utf8.Replacement;
        if (parts.Length == 1 && parts[0].Kind == CharacterKind.Single)
            return same ? new Character(CharacterKind.Single) : Mapped(CharacterKind.MappedSingle, parts);
        foreach (var part in parts)
        {
            if (part.Kind != CharacterKind.Same || part.CombiningClass != 0)
                return Complex(parts);
        }
        return same ? new Character(CharacterKind.Same) : Mapped(CharacterKind.Mapped, parts);
    }

    private Character Mapped(CharacterKind kind, ReadOnlySpan<CharacterPart> parts)
    {
        var offset = _payload.Count;
        foreach (var part in parts)
            Utf8.Append(_payload, part.CodePoint);
        var length = _payload.Count - offset;
        if (parts.Length > Character.MaxCodePoints || length > Character.MaxLength)
            throw new InvalidDataException("unicode.bin: a code point becomes more than the tables can hold");
        return new Character(kind, offset, length, parts.Length);
    }

    private Character Complex(ReadOnlySpan<CharacterPart> parts)
    {
        var offset = _payload.Count;
        _payload.Add((byte)parts.Length);
        foreach (var part in parts)
        {
            _payload.Add((byte)part.Kind);
            _payload.Add((byte)part.CombiningClass);
            _payload.Add((byte)Utf8.LengthOf(part.CodePoint));
            Utf8.Append(_payload, part.CodePoint);
        }
        return new Character(CharacterKind.Complex, offset);
    }
}

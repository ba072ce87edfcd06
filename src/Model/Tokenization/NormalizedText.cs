namespace FineWebTorch.Model.Tokenization;

/// <summary>A text once normalised, as UTF-8, and where each of its bytes came from. Kept to be filled again.</summary>
internal sealed class NormalizedText
{
    private byte[] _bytes = [];
    private TokenSpan[] _sources = [];
    private bool _hasSources;
    private int _length;

    /// <summary>Where the run of combining marks may begin at the earliest.</summary>
    private int _reorderFrom;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Of each byte the character it came from; empty unless asked for.</summary>
    public ReadOnlySpan<TokenSpan> Sources => _sources.AsSpan(0, _hasSources ? _length : 0);

    /// <summary>Normalises a stretch of a text, in place of what was there.</summary>
    /// <param name="characters">Of settings that do not split words.</param>
    /// <param name="certain">A place in the text.</param>
    /// <returns>How many bytes what stands before that place gives.</returns>
    public int Fill(
        NormalizationTable characters, ReadOnlySpan<byte> text, Range stretch, int certain, bool withSources)
    {
        (_length, _reorderFrom, _hasSources) = (0, 0, withSources);
        var (start, count) = stretch.GetOffsetAndLength(text.Length);
        var part = text[..(start + count)];
        var certainLength = 0;
        for (var at = start; at < part.Length;)
        {
            if (at < certain)
                certainLength = -1;
            else if (certainLength < 0)
                certainLength = _length;
            var codePoint = Utf8CodePoint.Decode(part, at, out var length);
            Take(characters, characters[codePoint], part.Slice(at, length), new TokenSpan(at, at + length));
            at += length;
        }
        return certainLength < 0 ? _length : certainLength;
    }

    private void Take(
        NormalizationTable characters, NormalizedCharacter character, ReadOnlySpan<byte> bytes, TokenSpan source)
    {
        switch (character.Kind)
        {
            case CharacterKind.Same:
                Append(bytes, source);
                break;
            case CharacterKind.Mapped:
                Append(characters.Payload.Slice(character.Offset, character.Length), source);
                break;
            case CharacterKind.Complex:
                TakeParts(new CharacterParts(characters.Payload[character.Offset..]), source);
                break;
        }
    }

    private void TakeParts(CharacterParts parts, TokenSpan source)
    {
        while (parts.Next())
        {
            if (parts.Kind == CharacterKind.Dropped)
            {
                _reorderFrom = _length;
                continue;
            }
            var end = _length;
            Append(parts.Bytes, source);
            if (parts.CombiningClass != 0)
                MoveTo(PlaceOf(parts.CombiningClass, end), end, source);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes, TokenSpan source)
    {
        Reserve(_length + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        if (_hasSources)
            _sources.AsSpan(_length, bytes.Length).Fill(source);
        _length += bytes.Length;
    }

    /// <summary>Where canonical reordering puts a mark: behind the last that is not of a higher class.</summary>
    private int PlaceOf(int combiningClass, int end)
    {
        var place = end;
        while (place > _reorderFrom)
        {
            var before = Utf8CodePoint.DecodeBefore(_bytes, place, out var codePoint);
            if (UnicodeTables.Instance.CombiningClassOf(codePoint) <= combiningClass)
                break;
            place = before;
        }
        return place;
    }

    /// <summary>Moves the last character, from <paramref name="end"/> on, before others.</summary>
    private void MoveTo(int place, int end, TokenSpan source)
    {
        var count = _length - end;
        Span<byte> mark = stackalloc byte[4];
        _bytes.AsSpan(end, count).CopyTo(mark);
        _bytes.AsSpan(place, end - place).CopyTo(_bytes.AsSpan(place + count));
        mark[..count].CopyTo(_bytes.AsSpan(place));
        if (!_hasSources)
            return;
        _sources.AsSpan(place, end - place).CopyTo(_sources.AsSpan(place + count));
        _sources.AsSpan(place, count).Fill(source);
    }

    private void Reserve(int length)
    {
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        if (_hasSources && length > _sources.Length)
            Array.Resize(ref _sources, _bytes.Length);
    }
}

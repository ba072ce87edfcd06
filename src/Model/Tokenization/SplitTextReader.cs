using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>What <see cref="SplitTextReader"/> needs.</summary>
/// <param name="AddedTokens">Those that are looked for in the text as it is.</param>
/// <param name="Characters">What characters become; the text is not split into words yet.</param>
/// <param name="NormalizedTokens">Those that are looked for in the normalised text, normalised themselves.</param>
/// <param name="Words">Of normalised text without added tokens.</param>
internal sealed record SplitTables(
    AddedTokenMatcher AddedTokens, NormalizationTable Characters, AddedTokenMatcher NormalizedTokens,
    WordPieceTables Words)
{
    /// <exception cref="ModelFileException">A token vanishes when it is normalised.</exception>
    public static SplitTables Create(
        Vocabulary vocabulary, NormalizerSettings normalizer, AddedTokenMatcher addedTokens, WordPieceTables words)
    {
        var characters = NormalizationTable.Of(normalizer with { SplitWords = false });
        var text = new NormalizedText();
        var normalized = vocabulary.AddedTokens.Where(token => token.Normalized).Select(token =>
        {
            text.Fill(characters, Encoding.UTF8.GetBytes(token.Content), .., certain: 0, withSources: false);
            return text.Bytes.IsEmpty
                ? throw vocabulary.Pieces.Wrong($"added token {Pieces.Shown(token.Content)} has no character that the "
                    + "normalizer leaves; make it \"normalized\": false")
                : (text.Bytes.ToArray(), token);
        });
        return new SplitTables(addedTokens, characters, new AddedTokenMatcher(normalized), words);
    }
}

/// <summary>
/// Reads a text in the steps of the reference: finds added tokens, normalises what stands between them, finds more
/// added tokens there, and splits the rest into words. Of a long text no more is read than decides the ids, or at most
/// as much again.
/// </summary>
internal ref struct SplitTextReader(SplitTables tables, ReaderScratch scratch, TokenOffsets? offsets = null)
{
    /// <summary>Bytes for an id, at first.</summary>
    private const int BytesPerId = 8;

    private const int LongestCodePoint = 4;

    private WordPieceReader _words = new(tables.Words, scratch, default, offsets);

    /// <inheritdoc cref="WordPieceReader.Read(Span{int}, int)"/>
    public int Read(ReadOnlySpan<byte> text, Span<int> ids, int limit)
    {
        var isWhole = offsets is not null;
        for (var length = (long)BytesPerId * limit; ; length *= 2)
        {
            var part = isWhole || length >= text.Length ? text : text[..PartEnd(text, (int)length)];
            isWhole = part.Length == text.Length;
            _words.Begin(ids, limit);
            if (TryRead(part, isWhole))
                return _words.End(ids);
        }
    }

    /// <inheritdoc cref="WordPieceReader.ReadEnd(Span{int}, int)"/>
    public int ReadEnd(ReadOnlySpan<byte> text, Span<int> ids, int limit)
    {
        _words.BeginEnd(limit);
        TryRead(text, isWhole: true);
        return _words.End(ids);
    }

    /// <summary>A place that no combining mark follows, so that nothing before it changes by what follows.</summary>
    private readonly int PartEnd(ReadOnlySpan<byte> text, int end)
    {
        while (end < text.Length && (text[end] & 0xC0) == 0x80)
            end++;
        while (end < text.Length)
        {
            var codePoint = Utf8CodePoint.Decode(text, end, out var length);
            if (tables.Characters[codePoint].Kind is CharacterKind.Same or CharacterKind.Mapped)
                break;
            end += length;
        }
        return end;
    }

    /// <returns>False if what stands behind the part could change an id.</returns>
    private bool TryRead(ReadOnlySpan<byte> text, bool isWhole)
    {
        var certain = isWhole ? int.MaxValue : Neighbours.SpaceBefore(
            text, Math.Max(0, text.Length - tables.AddedTokens.Longest - LongestCodePoint));
        foreach (var (token, start, end) in new AddedTokenSplits(tables.AddedTokens, text))
        {
            if (token is null)
            {
                if (!TryReadBetween(text, start, end, certain))
                    return false;
            }
            else
            {
                offsets?.AddAdded(start, end);
                _words.Add(token);
            }
            if (_words.IsFull)
                return end <= certain || token is null;
        }
        return isWhole;
    }

    /// <summary>Reads what stands between two added tokens.</summary>
    private bool TryReadBetween(ReadOnlySpan<byte> text, int start, int end, int certain)
    {
        var normalized = scratch.Text;
        var known = normalized.Fill(tables.Characters, text, start..end, certain, offsets is not null);
        if (end > certain)
            known -= tables.NormalizedTokens.Longest + LongestCodePoint;
        var first = offsets?.Tokens.Count ?? 0;
        foreach (var (token, from, to) in new AddedTokenSplits(tables.NormalizedTokens, normalized.Bytes))
        {
            var position = to;
            if (token is null)
            {
                _words.ReadPart(normalized.Bytes[..to], from);
                position = _words.Position;
            }
            else
            {
                offsets?.AddAdded(from, to);
                _words.Add(token);
            }
            if (_words.IsFull && position > known)
                return false;
            if (_words.IsFull)
                break;
        }
        offsets?.Translate(first, normalized.Sources);
        return true;
    }
}

using System.Buffers;
using System.Text;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Tokenization;
using Microsoft.ML.Tokenizers;

namespace FineWebTorch.Model;

/// <content>The members of Microsoft.ML.Tokenizers' base class.</content>
public sealed partial class WordPieceTokenizer : Tokenizer
{
    /// <summary>Tables for texts that are not normalised, or not split into words: made when they are asked for.</summary>
    private readonly WordPieceTables?[] _otherTables = new WordPieceTables?[4];

    /// <summary>The tokens of ids, joined as the reference's WordPiece decoder does with its clean-up of marks.</summary>
    /// <param name="ids">Special tokens among them are written out.</param>
    /// <exception cref="ArgumentNullException"><paramref name="ids"/> is null.</exception>
    /// <exception cref="InvalidOperationException">An id is not in the vocabulary.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var isFirst = true;
        foreach (var id in ids)
        {
            if (!IsId(id))
                throw new InvalidOperationException(
                    $"{id} is no id of this vocabulary, whose ids are 0 to {VocabularySize - 1}");
            var (isApart, token) = Decoded(id, isFirst);
            text.Append(isApart ? " " : "").Append(token);
            isFirst = false;
        }
        return text.ToString();
    }

    /// <summary>As <see cref="Decode(IEnumerable{int})"/>, token by token into memory of the caller.</summary>
    /// <param name="ids">Special tokens among them are written out.</param>
    /// <param name="destination">Where the text goes.</param>
    /// <param name="idsConsumed">Ids whose text was written.</param>
    /// <param name="charsWritten">UTF-16 code units that were written.</param>
    /// <returns>
    /// Done; or why the next id was not written: <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> for one that is not in the vocabulary.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="ids"/> is null.</exception>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        foreach (var id in ids)
        {
            if (!IsId(id))
                return OperationStatus.InvalidData;
            var (isApart, token) = Decoded(id, isFirst: idsConsumed == 0);
            if (token.Length + (isApart ? 1 : 0) > destination.Length - charsWritten)
                return OperationStatus.DestinationTooSmall;
            if (isApart)
                destination[charsWritten++] = ' ';
            token.CopyTo(destination[charsWritten..]);
            charsWritten += token.Length;
            idsConsumed++;
        }
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var chars = CharsOf(text, textSpan);
        using var tokens = Read(chars, settings, withOffsets: false);
        return new EncodeResults<int>
        {
            Tokens = tokens.Ids.ToArray(),
            CharsConsumed = tokens.IsWhole ? chars.Length : LengthOfFirst(chars, settings),
        };
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var chars = CharsOf(text, textSpan);
        using var tokens = Read(chars, settings, withOffsets: true);
        var encoded = new EncodedToken[tokens.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            var (start, end, _) = tokens.Offsets[i];
            encoded[i] = new EncodedToken(tokens.Ids[i], TokenOf(tokens.Ids[i]), start..end);
        }
        return new EncodeResults<EncodedToken>
        {
            Tokens = encoded,
            CharsConsumed = tokens.IsWhole ? chars.Length : EndOf(tokens.Offsets[..tokens.Count]),
        };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        using var tokens = Read(CharsOf(text, textSpan), settings, withOffsets: false);
        return tokens.Count;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The part of the text that is found gives, alone, just the tokens counted. From the start a text may be cut
    /// within a word, whose first pieces stay what they are; from the end only between words.
    /// </remarks>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText,
        out int tokenCount)
    {
        var chars = CharsOf(text, textSpan);
        normalizedText = null;
        return fromEnd
            ? FindStart(chars, settings, out tokenCount)
            : FindEnd(chars, settings, out tokenCount);
    }

    private int FindEnd(ReadOnlySpan<char> text, EncodeSettings settings, out int tokenCount)
    {
        using var tokens = Read(text, settings, withOffsets: true);
        tokenCount = tokens.Count;
        if (tokens.IsWhole)
            return text.Length;
        // Not between tokens of one character.
        while (tokenCount > 0 && EndOf(tokens.Offsets[..tokenCount]) > tokens.Offsets[tokenCount].Start)
            tokenCount--;
        return EndOf(tokens.Offsets[..tokenCount]);
    }

    private int FindStart(ReadOnlySpan<char> text, EncodeSettings settings, out int tokenCount)
    {
        CheckLimit(settings);
        using var tokens = Utf16Text.Read(TablesFor(settings), text, int.MaxValue, withOffsets: true);
        tokenCount = Math.Min(tokens.Count, settings.MaxTokenCount);
        if (tokenCount == tokens.Count)
            return 0;
        for (; tokenCount > 0; tokenCount--)
        {
            var first = tokens.Offsets[^tokenCount];
            if (!first.Continues && EndOf(tokens.Offsets[..^tokenCount]) <= first.Start)
                return first.Start;
        }
        return text.Length;
    }

    private Utf16Text Read(ReadOnlySpan<char> text, EncodeSettings settings, bool withOffsets)
    {
        CheckLimit(settings);
        return Utf16Text.Read(TablesFor(settings), text, settings.MaxTokenCount, withOffsets);
    }

    private static ReadOnlySpan<char> CharsOf(string? text, ReadOnlySpan<char> span) => text is null ? span : text;

    private static void CheckLimit(EncodeSettings settings) =>
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount);

    private int LengthOfFirst(ReadOnlySpan<char> text, EncodeSettings settings)
    {
        using var tokens = Read(text, settings, withOffsets: true);
        return EndOf(tokens.Offsets[..tokens.Count]);
    }

    private static int EndOf(ReadOnlySpan<TokenSpan> tokens)
    {
        var end = 0;
        foreach (var token in tokens)
            end = Math.Max(end, token.End);
        return end;
    }

    private WordPieceTables TablesFor(EncodeSettings settings)
    {
        var (normalize, split) = (settings.ConsiderNormalization, settings.ConsiderPreTokenization);
        if (normalize && split)
            return _tables;
        var normalizer = (normalize ? _vocabulary.Normalizer : NormalizerSettings.None) with { SplitWords = split };
        return _otherTables[(normalize ? 1 : 0) + (split ? 2 : 0)] ??= _tables.With(normalizer);
    }

    private bool IsId(int id) => _vocabulary.TokenOf(id) is not null;

    /// <summary>A token as it stands in a text: whether a space precedes it, and what is written.</summary>
    private (bool IsApart, string Token) Decoded(int id, bool isFirst)
    {
        var token = TokenOf(id);
        if (isFirst)
            return (false, token);
        if (token.StartsWith(_vocabulary.ContinuationPrefix, StringComparison.Ordinal))
            return (false, token[_vocabulary.ContinuationPrefix.Length..]);
        return (token is not ("." or "?" or "!" or ","), token);
    }
}

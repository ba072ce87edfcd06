using System.Buffers;
using System.Globalization;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Finds added tokens at a position of the text; of several that match there, the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;

    private readonly AddedToken[] _tokens;
    private readonly TrieNode[] _nodes;

    /// <param name="tokens">What to look for, and whose it is; of two alike the first is found.</param>
    public AddedTokenMatcher(IEnumerable<(byte[] Bytes, AddedToken Token)> tokens)
    {
        var distinct = tokens.DistinctBy(one => Convert.ToHexString(one.Bytes)).ToList();
        _tokens = [.. distinct.Select(one => one.Token)];
        var builder = new PieceTrieBuilder();
        builder.Add(Root, [.. distinct.Select((one, index) => new TriePiece(one.Bytes, index))]);
        _nodes = builder.Build();
        Longest = distinct.Select(one => one.Bytes.Length).DefaultIfEmpty().Max();
        FirstBytes = SearchValues.Create([.. distinct.Select(one => one.Bytes[0]).Distinct()]);
    }

    /// <summary>Bytes of the longest; 0 where there is none.</summary>
    public int Longest { get; }

    /// <summary>Bytes that tokens begin with.</summary>
    public SearchValues<byte> FirstBytes { get; }

    /// <summary>Reads no byte behind the first that no token goes on with.</summary>
    /// <returns>The token, or null where none begins at the position.</returns>
    /// <param name="length">Its bytes.</param>
    public AddedToken? Match(ReadOnlySpan<byte> text, int position, out int length)
    {
        var (node, found) = (_nodes[Root], -1);
        length = 0;
        for (var at = position; at < text.Length && node.Base != PieceTrieBuilder.NoChildren; at++)
        {
            node = _nodes[node.Base + text[at]];
            if (node.Label != text[at])
                break;
            if (node.Id < 0)
                continue;
            (found, length) = (node.Id, at + 1 - position);
        }
        return found < 0 ? null : _tokens[found];
    }
}

/// <summary>What stands beside an added token.</summary>
internal static class Neighbours
{
    /// <summary>Whether neither the character before nor the one behind belongs to a word.</summary>
    public static bool IsSingleWord(ReadOnlySpan<byte> text, int start, int end) =>
        !(start > 0 && IsWord(Utf8CodePoint.DecodeLast(text, start, out _)))
        && !(end < text.Length && IsWord(Utf8CodePoint.Decode(text, end, out _)));

    /// <summary>Where the white space begins that ends at <paramref name="end"/>.</summary>
    public static int SpaceBefore(ReadOnlySpan<byte> text, int end)
    {
        while (end > 0 && IsSpace(Utf8CodePoint.DecodeLast(text, end, out var length)))
            end -= length;
        return end;
    }

    /// <summary>Where the white space ends that begins at <paramref name="start"/>.</summary>
    public static int SpaceBehind(ReadOnlySpan<byte> text, int start)
    {
        while (start < text.Length && IsSpace(Utf8CodePoint.Decode(text, start, out var length)))
            start += length;
        return start;
    }

    private static bool IsSpace(int codePoint) => UnicodeTables.Instance.IsWhiteSpace(codePoint);

    /// <summary>The reference's \w: letters, marks, decimal digits, what joins words, circled letters.</summary>
    private static bool IsWord(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => codePoint is 0x200C or 0x200D,
    };
}

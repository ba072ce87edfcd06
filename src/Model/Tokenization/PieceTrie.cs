using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// The vocabulary as a double array over UTF-8 bytes (Aoe, 1989), with one root for the beginnings of words and one for
/// their continuations, so that the longest match is found in one walk.
/// </summary>
internal sealed class PieceTrie
{
    private const int None = -1;
    private const int WordRoot = 0;
    private const int ContinuationRoot = 1;

    private readonly TrieNode[] _nodes;
    private readonly int _unknownId;

    private PieceTrie(TrieNode[] nodes, int unknownId)
    {
        _nodes = nodes;
        _unknownId = unknownId;
    }

    public static PieceTrie Create(Pieces pieces, string continuationPrefix, int unknownId)
    {
        var prefix = Encoding.UTF8.GetBytes(continuationPrefix);
        var words = new List<TriePiece>(pieces.Count);
        var continuations = new List<TriePiece>(pieces.Count);
        foreach (var (token, id) in pieces.All)
        {
            var bytes = Encoding.UTF8.GetBytes(token);
            if (bytes.AsSpan().StartsWith(prefix) && bytes.Length > prefix.Length)
                continuations.Add(new TriePiece(bytes[prefix.Length..], id));
            // A word never begins with two marks of punctuation, so pieces such as "##ing" need no entry among words.
            if (prefix.Length == 0 || !prefix.AsSpan().StartsWith("##"u8) || !bytes.AsSpan().StartsWith(prefix))
                words.Add(new TriePiece(bytes, id));
        }
        var builder = new PieceTrieBuilder();
        builder.Add(WordRoot, words);
        builder.Add(ContinuationRoot, continuations);
        return new PieceTrie(builder.Build(), unknownId);
    }

    /// <summary>
    /// Splits a normalised word greedily into the longest pieces there are, or into the unknown token alone where
    /// nothing matches at some point.
    /// </summary>
    /// <param name="ids">At least as long as the word.</param>
    /// <param name="lengths">Of the pieces in the word, in bytes; as long as <paramref name="ids"/>, or empty.</param>
    /// <returns>The count of pieces: at least 1.</returns>
    public int Split(ReadOnlySpan<byte> word, Span<int> ids, Span<int> lengths = default)
    {
        var count = 0;
        for (var start = 0; start < word.Length; count++)
        {
            var length = Match(start == 0 ? WordRoot : ContinuationRoot, word[start..], out var id);
            if (length == 0)
            {
                ids[0] = _unknownId;
                return 1;
            }
            ids[count] = id;
            if (!lengths.IsEmpty)
                lengths[count] = length;
            start += length;
        }
        return count;
    }

    private int Match(int root, ReadOnlySpan<byte> word, out int id)
    {
        var nodes = _nodes;
        var node = nodes[root];
        var longest = 0;
        id = None;
        for (var i = 0; i < word.Length; i++)
        {
            node = nodes[node.Base + word[i]];
            if (node.Label != word[i])
                break;
            if (node.Id < 0)
                continue;
            longest = i + 1;
            id = node.Id;
        }
        return longest;
    }
}

/// <summary>
/// A slot of a double array, in 8 bytes: the child of a node by byte b, if there is one, lies at Base + b and is
/// labelled b. No two nodes with children have the same base, so a label need not say whose child it marks.
/// </summary>
/// <param name="Place">The base (upper bits) and the slot's own label (9 bits), or <see cref="Free"/> for none.</param>
/// <param name="Id">The token that ends here, or -1.</param>
internal readonly record struct TrieNode(int Place, int Id)
{
    /// <summary>The label of roots and of slots not taken.</summary>
    public const int Free = 256;

    public const int LargestBase = (1 << 22) - 1;

    private const int LabelBits = 9;

    public TrieNode(int @base, int label, int id) : this((@base << LabelBits) | label, id)
    {
    }

    public int Base => Place >> LabelBits;

    public int Label => Place & ((1 << LabelBits) - 1);
}

/// <summary>A token's bytes, without the prefix of continuations.</summary>
internal readonly record struct TriePiece(byte[] Bytes, int Id);

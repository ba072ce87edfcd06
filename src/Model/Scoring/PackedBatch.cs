namespace FineWebTorch.Model;

/// <summary>
/// Documents one after another, without padding: document i is
/// <c>tokenIds[cumulativeLengths[i]..cumulativeLengths[i + 1]]</c>. Documents of equal length that stand next to each
/// other are attended to together, so a batch sorted by length is the fastest.
/// </summary>
public sealed class PackedBatch
{
    /// <summary>Takes both arrays over.</summary>
    /// <param name="tokenIds">[tokens], each document with its [CLS] and [SEP].</param>
    /// <param name="cumulativeLengths">[documents + 1], from 0 to tokens, each document at least one token.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the ids.</exception>
    public PackedBatch(int[] tokenIds, int[] cumulativeLengths)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        ArgumentNullException.ThrowIfNull(cumulativeLengths);
        if (cumulativeLengths is not [0, ..] || cumulativeLengths[^1] != tokenIds.Length)
            throw new ArgumentException(
                $"must run from 0 to the {tokenIds.Length} tokens of the batch", nameof(cumulativeLengths));
        for (var i = 1; i < cumulativeLengths.Length; i++)
            if (cumulativeLengths[i] <= cumulativeLengths[i - 1])
                throw new ArgumentException($"document {i - 1} has no token", nameof(cumulativeLengths));
        TokenIds = tokenIds;
        CumulativeLengths = cumulativeLengths;
    }

    /// <summary>Puts documents one after another.</summary>
    /// <param name="documents">Token ids of each, at least one.</param>
    public static PackedBatch Of(params ReadOnlySpan<int[]> documents)
    {
        var starts = new int[documents.Length + 1];
        for (var i = 0; i < documents.Length; i++)
            starts[i + 1] = starts[i] + documents[i].Length;
        var ids = new int[starts[^1]];
        for (var i = 0; i < documents.Length; i++)
            documents[i].CopyTo(ids, starts[i]);
        return new PackedBatch(ids, starts);
    }

    /// <summary>[tokens]</summary>
    public ReadOnlyMemory<int> TokenIds { get; }

    /// <summary>[documents + 1], from 0 to <see cref="Tokens"/></summary>
    public ReadOnlyMemory<int> CumulativeLengths { get; }

    /// <summary>Token ids of all documents together.</summary>
    public int Tokens => TokenIds.Length;

    /// <summary>How many documents.</summary>
    public int Documents => CumulativeLengths.Length - 1;
}

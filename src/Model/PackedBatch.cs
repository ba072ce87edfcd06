namespace FineWebTorch.Model;

/// <summary>
/// Documents one after another, without padding: document i is
/// <c>tokenIds[cumulativeLengths[i]..cumulativeLengths[i + 1]]</c>. Documents of equal length that stand next to each
/// other are attended to together, so a batch sorted by length is the fastest.
/// </summary>
public sealed class PackedBatch
{
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

    public ReadOnlyMemory<int> TokenIds { get; }

    public ReadOnlyMemory<int> CumulativeLengths { get; }

    public int Tokens => TokenIds.Length;

    public int Documents => CumulativeLengths.Length - 1;
}

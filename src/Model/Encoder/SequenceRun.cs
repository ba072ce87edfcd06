namespace FineWebTorch.Model;

/// <summary>Neighbouring documents of equal length in a packed batch.</summary>
/// <param name="FirstDocument">Index of the first of them.</param>
/// <param name="FirstToken">Index of its [CLS].</param>
/// <param name="Documents">How many.</param>
/// <param name="Length">Tokens of each.</param>
internal readonly record struct SequenceRun(int FirstDocument, int FirstToken, int Documents, int Length)
{
    public int Tokens => Documents * Length;

    /// <summary>Splits a batch into runs of at most <paramref name="maxAttentionPairs"/> token pairs, or one document.</summary>
    /// <param name="cumulativeLengths">[documents + 1]</param>
    /// <param name="maxAttentionPairs">Bounds the attention matrix, which has one number a pair and head.</param>
    public static List<SequenceRun> Of(ReadOnlySpan<int> cumulativeLengths, long maxAttentionPairs)
    {
        var runs = new List<SequenceRun>();
        for (var document = 0; document + 1 < cumulativeLengths.Length; document++)
        {
            var length = cumulativeLengths[document + 1] - cumulativeLengths[document];
            var pairs = (long)length * length;
            if (runs.Count > 0 && runs[^1].Length == length && (runs[^1].Documents + 1) * pairs <= maxAttentionPairs)
                runs[^1] = runs[^1] with { Documents = runs[^1].Documents + 1 };
            else
                runs.Add(new SequenceRun(document, cumulativeLengths[document], 1, length));
        }
        return runs;
    }
}

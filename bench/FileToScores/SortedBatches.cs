using System.Text;
using FineWebTorch.Bench;
using FineWebTorch.Model;

namespace FineWebTorch.FileToScores;

/// <summary>Our batches of a file, for a peer that is to have them too.</summary>
/// <param name="Rows">[batches][documents]: which document.</param>
/// <param name="Ids">[batches][documents][tokens]</param>
/// <param name="IsWhole">[documents] in the file's order: false where the tokenizer cut the text</param>
internal sealed record SortedBatches(int[][] Rows, int[][][] Ids, bool[] IsWhole)
{
    public double MeanTokens => Ids.SelectMany(batch => batch).Average(ids => ids.Length);

    public static SortedBatches Of(IReadOnlyList<string> texts, WordPieceTokenizer tokenizer, int tokenBudget)
    {
        var place = new int[tokenizer.MaxLength];
        var ids = texts.Select(text => place[..tokenizer.Encode(Encoding.UTF8.GetBytes(text), place)]).ToList();
        var plan = BatchPlan.Create([.. ids.Select(one => one.Length)], tokenBudget);
        int[][] rows = [.. Enumerable.Range(0, plan.Count).Select(batch => plan.RowsOf(batch).ToArray())];
        return new SortedBatches(
            rows,
            [.. rows.Select(batch => batch.Select(row => ids[row]).ToArray())],
            [.. ids.Select(one => one.Length < tokenizer.MaxLength)]);
    }

    /// <summary>Puts scores in the batches' order into that of the file.</summary>
    public PeerScores InFileOrder(PeerScores sorted)
    {
        var scores = new float[sorted.Scores.Length];
        foreach (var (i, row) in Rows.SelectMany(batch => batch).Index())
            scores[row] = sorted.Scores[i];
        return sorted with { Scores = scores };
    }
}

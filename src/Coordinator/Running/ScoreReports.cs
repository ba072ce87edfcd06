using System.Globalization;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Checks what workers send as scores: whatever is stored ends up in a published shard.</summary>
internal static class ScoreReports
{
    /// <param name="windowRows">0: the file has no such window.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Check(ScoredBatch batch, int windowRows)
    {
        if (windowRows == 0)
            return $"the file has no window {batch.Window}";
        if (batch.Scores.Length != batch.Rows.Count * sizeof(float))
            return $"{batch.Scores.Length} bytes of scores for {batch.Rows.Count} rows";
        if (batch.Rows.Any(row => row >= windowRows))
            return $"row {batch.Rows.Max()} in window {batch.Window}, which has {windowRows} rows";
        if (batch.Rows.Distinct().Count() != batch.Rows.Count)
            return $"a row came twice in a batch of window {batch.Window}";
        foreach (var score in Blobs.ToFloats(batch.Scores.Span))
        {
            if (!EduScore.IsValid(score))
                return $"a score in window {batch.Window} was {score.ToString(CultureInfo.InvariantCulture)}";
        }

        return null;
    }

    public static BatchRecord ToBatch(int file, ScoredBatch batch) => new(
        file, (int)batch.Window, [.. batch.Rows], Blobs.ToFloats(batch.Scores.Span), batch.NumericClass,
        (long)batch.Tokens);
}

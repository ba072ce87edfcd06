using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Model;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>The rows that a file's shard keeps, by the ledger's scores.</summary>
internal static class KeptScores
{
    /// <returns>In the shard's order; numbers are those of the input file's rows.</returns>
    public static IEnumerable<ScoredRow> Of(ILedger ledger, RunIdentity identity, int file)
    {
        foreach (var (window, scores) in ledger.ReadScores(file))
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (!KeepRules.Keeps(identity.Keep, scores[i]))
                    continue;
                var row = ((long)window * identity.WindowRows) + i;
                yield return EduScore.IsUnscorable(scores[i])
                    ? new ScoredRow(row, null, null)
                    : new ScoredRow(row, scores[i], EduScore.ToIntScore(scores[i]));
            }
        }
    }
}

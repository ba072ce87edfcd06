using System.Text;
using FineWebTorch.Model;

namespace FineWebTorch.GpuSpeed;

/// <summary>Scores texts as the worker does, without a file: tokenize, plan, pack, score.</summary>
internal static class TextScorer
{
    private const int TokenBudget = 65_536;

    /// <returns>A score a text, in their order.</returns>
    public static float[] Score(EduClassifier classifier, IEnumerable<string> texts)
    {
        var place = new int[classifier.Tokenizer.MaxLength];
        var ids = texts
            .Select(text => place[..classifier.Tokenizer.Encode(Encoding.UTF8.GetBytes(text), place)])
            .ToList();
        var plan = BatchPlan.Create([.. ids.Select(one => one.Length)], TokenBudget);
        var scores = new float[ids.Count];
        for (var batch = 0; batch < plan.Count; batch++)
        {
            var rows = plan.RowsOf(batch).ToArray();
            var some = new float[rows.Length];
            classifier.Score(Pack([.. rows.Select(row => ids[row])]), some);
            foreach (var (i, row) in rows.Index())
                scores[row] = some[i];
        }
        return scores;
    }

    private static PackedBatch Pack(int[][] documents)
    {
        var starts = new int[documents.Length + 1];
        for (var i = 0; i < documents.Length; i++)
            starts[i + 1] = starts[i] + documents[i].Length;
        return new PackedBatch([.. documents.SelectMany(ids => ids)], starts);
    }
}

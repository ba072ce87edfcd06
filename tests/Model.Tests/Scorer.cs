namespace FineWebTorch.Model.Tests;

/// <summary>Scores texts as a worker does: tokenize, plan, pack, score.</summary>
internal static class Scorer
{
    /// <summary>Token ids of each text.</summary>
    public static List<int[]> Tokenize(EduClassifier classifier, IEnumerable<byte[]> texts)
    {
        var ids = new int[classifier.Tokenizer.MaxLength];
        return [.. texts.Select(text => ids[..classifier.Tokenizer.Encode(text, ids)])];
    }

    public static float[] Score(EduClassifier classifier, IReadOnlyList<int[]> documents, int tokenBudget)
    {
        var plan = BatchPlan.Create([.. documents.Select(document => document.Length)], tokenBudget);
        return Score(classifier, documents, Enumerable.Range(0, plan.Count).Select(i => plan.RowsOf(i).ToArray()));
    }

    /// <summary>Scores batches given as rows.</summary>
    public static float[] Score(
        EduClassifier classifier, IReadOnlyList<int[]> documents, IEnumerable<IReadOnlyList<int>> batches)
    {
        var scores = new float[documents.Count];
        foreach (var rows in batches)
        {
            var some = new float[rows.Count];
            classifier.Score(Pack(rows.Select(row => documents[row])), some);
            foreach (var (i, row) in rows.Index())
                scores[row] = some[i];
        }
        return scores;
    }

    public static PackedBatch Pack(IEnumerable<int[]> documents) => PackedBatch.Of([.. documents]);
}

namespace FineWebTorch.Parquet.Tests;

/// <summary>Requests and scores for the writer under test.</summary>
internal static class Shards
{
    public static ShardRequest Request(string input, string output, string textColumn = "text") => new(
        input, output, textColumn, "score", "int_score", ReplaceScoreColumns: false, Rows: 0,
        new Dictionary<string, string>());

    /// <summary>A score that differs from row to row and is no round number.</summary>
    public static float Score(long row) => (row % 1000 / 199f) + 0.1f;

    /// <summary>Rows with their scores; every seventh has none.</summary>
    public static IEnumerable<ScoredRow> Keep(long rows, Func<long, bool>? keep = null)
    {
        for (var row = 0L; row < rows; row++)
        {
            if (keep?.Invoke(row) == false)
                continue;
            float? score = row % 7 == 6 ? null : Score(row);
            yield return new ScoredRow(row, score, (int?)score);
        }
    }
}

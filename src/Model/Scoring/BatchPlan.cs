namespace FineWebTorch.Model;

/// <summary>
/// Which rows of a window are scored together: by token count from long to short, ties in row order, cut wherever the
/// next row would exceed the token budget. Depends on nothing but the counts and the budget, so that every worker
/// makes the same plan.
/// </summary>
public sealed class BatchPlan
{
    private readonly int[] _rows;
    private readonly int[] _starts;

    private BatchPlan(int[] rows, int[] starts)
    {
        _rows = rows;
        _starts = starts;
    }

    /// <summary>Number of batches.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>The rows of a batch, as indices into the token counts, longest first.</summary>
    public ReadOnlySpan<int> RowsOf(int batch) => _rows.AsSpan(_starts[batch].._starts[batch + 1]);

    /// <summary>Plans a window.</summary>
    /// <param name="tokenCounts">Tokens of each row of the window; 0 leaves the row out of the plan.</param>
    /// <param name="tokenBudget">Most tokens in a batch; a single row above it gets a batch of its own.</param>
    public static BatchPlan Create(ReadOnlySpan<int> tokenCounts, int tokenBudget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenBudget, 1);
        var rows = LongestFirst(tokenCounts);
        var starts = new List<int>();
        var tokens = 0; // of the batch that the last start begins
        for (var i = 0; i < rows.Length; i++)
        {
            var count = tokenCounts[rows[i]];
            if (i == 0 || tokens > tokenBudget - count)
            {
                starts.Add(i);
                tokens = 0;
            }
            tokens += count;
        }
        return new BatchPlan(rows, [.. starts, rows.Length]);
    }

    private static int[] LongestFirst(ReadOnlySpan<int> tokenCounts)
    {
        // Array.Sort is not stable; the row in the key's low half makes every key different.
        var keys = new List<long>(tokenCounts.Length);
        for (var row = 0; row < tokenCounts.Length; row++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(tokenCounts[row], nameof(tokenCounts));
            if (tokenCounts[row] > 0)
                keys.Add(((long)(int.MaxValue - tokenCounts[row]) << 32) | (uint)row);
        }
        keys.Sort();
        return [.. keys.Select(key => (int)(uint)key)];
    }
}

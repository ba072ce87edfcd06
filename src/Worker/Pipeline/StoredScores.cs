namespace FineWebTorch.Worker.Pipeline;

/// <summary>What of a lease has been scored before, by whomever.</summary>
/// <param name="CompleteWindows">Windows of which nothing is left to do.</param>
/// <param name="PartialWindows">
/// By window, one bit a row, lowest bit of the first byte first: set where the row's score is stored.
/// </param>
internal sealed record StoredScores(
    IReadOnlySet<int> CompleteWindows, IReadOnlyDictionary<int, byte[]> PartialWindows)
{
    public static StoredScores None { get; } = new(new HashSet<int>(), new Dictionary<int, byte[]>());

    public bool IsComplete(int window) => CompleteWindows.Contains(window);

    public bool IsStored(int window, int row) =>
        PartialWindows.TryGetValue(window, out var bits) && row / 8 < bits.Length &&
        (bits[row / 8] >> (row % 8) & 1) != 0;

    public bool AreStored(int window, ReadOnlySpan<int> rows)
    {
        if (!PartialWindows.ContainsKey(window))
            return false;
        foreach (var row in rows)
        {
            if (!IsStored(window, row))
                return false;
        }

        return true;
    }
}

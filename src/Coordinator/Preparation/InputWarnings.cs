using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>Says before a run begins what is odd about its files but no reason to stop.</summary>
internal sealed class InputWarnings(RunInput input, Action<string> warn)
{
    /// <summary>More of a kind are only counted.</summary>
    private const int MostLines = 10;

    /// <summary>Columns that are not the same in all files.</summary>
    public async Task TellDifferencesAsync(IEnumerable<FileRecord> files, CancellationToken cancellationToken)
    {
        var differences = await ColumnDifference.FindAsync(
            files.Where(file => file.Failure is null), file => input.ReadColumnsAsync(file, cancellationToken));
        Tell([.. differences.Select(difference => $"{difference}")], "more column");
        if (differences.Count > 0)
            warn("each shard keeps the columns of its file; the dataset card lists only those that all files have");
    }

    /// <summary>What shards cannot take over from their files.</summary>
    /// <param name="losses">The name of a file and a line about it.</param>
    public void TellLosses(IEnumerable<(string File, string Text)> losses) =>
        Tell(
            [.. losses.GroupBy(loss => loss.Text).Select(same => same.First().File +
                (same.Count() > 1 ? $" and {NumberText.Count(same.Count() - 1, "more file")}" : "") +
                $": {same.Key}")],
            "more such line");

    /// <summary>Files that have failed before the run began.</summary>
    public void TellFailures(IEnumerable<FileRecord> files) =>
        Tell([.. files.Select(file => file.Failure).OfType<string>()], "more file", " cannot be used");

    private void Tell(List<string> lines, string noun, string rest = "")
    {
        foreach (var line in lines.Take(MostLines))
            warn(line);
        if (lines.Count > MostLines)
            warn($"and {NumberText.Count(lines.Count - MostLines, noun)}{rest}");
    }
}

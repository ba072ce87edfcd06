using System.Globalization;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>What a worker has scored, as its device counted it; the counts outlive the worker.</summary>
internal sealed class Tally(string path)
{
    public string Path => path;

    public long Rows => Batches.Sum(batch => batch.Rows);

    private IEnumerable<(long Rows, TimeSpan Took)> Batches => !File.Exists(path) ? [] : File.ReadLines(path)
        .Select(line => line.Split(' '))
        .Select(words => (
            long.Parse(words[0], CultureInfo.InvariantCulture),
            TimeSpan.FromMilliseconds(double.Parse(words[1], CultureInfo.InvariantCulture))));

    /// <summary>Rows that workers scored beyond those that there are, and what that took one worker.</summary>
    public static (long Rows, TimeSpan Work) Beyond(IEnumerable<Tally> tallies, long rows)
    {
        var batches = tallies.SelectMany(tally => tally.Batches).ToList();
        var (scored, work) = (batches.Sum(batch => batch.Rows), batches.Sum(batch => batch.Took.TotalSeconds));
        return (scored - rows, TimeSpan.FromSeconds(work * (scored - rows) / Math.Max(1, scored)));
    }
}

using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Finds the runs of a folder: itself, those in it and those in its <c>runs</c>, where they are by default.</summary>
internal static class RunFinder
{
    /// <returns>The one that was worked on last comes first.</returns>
    public static IReadOnlyList<FoundRun> Find(string folder)
    {
        return [.. Folders(folder).Where(IsRun)
            .Select(path => new FoundRun(path, LastActive(path)))
            .OrderByDescending(run => run.LastActive).ThenBy(run => run.Path, StringComparer.Ordinal)];
    }

    /// <summary>Where runs are looked for, absolute.</summary>
    public static IEnumerable<string> Folders(string folder)
    {
        var root = Path.GetFullPath(folder);
        string[] folders = [root, .. Below(root), .. Below(Path.Combine(root, "runs"))];
        return folders.Where(Directory.Exists).DistinctBy(path => FileIdentity.Of(path));
    }

    /// <summary>The run that a command looks at when it was not told which.</summary>
    /// <param name="folder">Where it was called.</param>
    /// <param name="tell">Hears which one was taken of several.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static string Newest(string folder, Action<string> tell)
    {
        var runs = Find(folder);
        if (runs.Count == 0)
            throw new UserErrorException(
                $"no run here ({Path.GetFullPath(folder)}): name the folder of one with --run, as 'coordinator run' " +
                "prints it at its start");
        if (runs.Count > 1)
            tell($"{runs[0].Path} is the newest of {runs.Count} runs here; --run names another");
        return runs[0].Path;
    }

    private static bool IsRun(string folder) =>
        File.Exists(RunPlaces.LedgerOf(folder)) || File.Exists(RunPlaces.LedgerAddressOf(folder));

    private static string[] Below(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// The ledger's log is written to by every commit, the ledger itself only now and then. Who only looks leaves an
    /// empty log. Of a run whose ledger is in a database the files tell that are written while it goes on.
    /// </summary>
    private static DateTimeOffset LastActive(string path)
    {
        string[] others =
            [RunPlaces.LedgerAddressOf(path), RunPlaces.ProgressOf(path), RunPlaces.SummaryOf(path)];
        if (!File.Exists(RunPlaces.LedgerOf(path)))
            return others.Select(file => new FileInfo(file)).Where(file => file.Exists).Max(file => file.LastWriteTimeUtc);
        var (ledger, log) = (new FileInfo(RunPlaces.LedgerOf(path)), new FileInfo(RunPlaces.LedgerOf(path) + "-wal"));
        return log is { Exists: true, Length: > 0 } && log.LastWriteTimeUtc > ledger.LastWriteTimeUtc
            ? log.LastWriteTimeUtc
            : ledger.LastWriteTimeUtc;
    }
}

/// <param name="Path">Absolute.</param>
/// <param name="LastActive">When its ledger was last written to.</param>
internal sealed record FoundRun(string Path, DateTimeOffset LastActive);

using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>
/// What a run writes to the disks of this machine, in round figures. Workers on other machines look after their own
/// disks, file by file.
/// </summary>
internal static class RunDiskNeeds
{
    /// <summary>
    /// Copies of input files that a worker has at most: two to score, two to build shards of, one that is kept a while.
    /// </summary>
    public const int CopiesPerWorker = 5;

    /// <summary>FineWeb-Edu, which is published by int3, has 9 % of FineWeb's tokens.</summary>
    private const double ShareOfFilters = 0.15;

    /// <summary>A score, twice while its window is not complete.</summary>
    private const int LedgerBytesPerRow = 8;

    /// <param name="files">Of which there are no shards yet.</param>
    /// <param name="modelBytes">Still to be fetched.</param>
    /// <param name="modelFolder">Where to.</param>
    public static IEnumerable<DiskNeed> Of(
        RunOptions options, IReadOnlyList<FileRecord> files, long modelBytes, string modelFolder)
    {
        var identity = options.Identity;
        yield return new DiskNeed(
            options.RunFolder, LedgerBytesPerRow * files.Sum(file => identity.RowsOf(file.Rows)), "the ledger",
            "--run");
        yield return new DiskNeed(modelFolder, modelBytes, "the model", "HF_HUB_CACHE");
        if (!HubPaths.IsHub(identity.Output))
            yield return new DiskNeed(identity.Output, Shards(identity, files), ShardsText(identity), "--output");
        var copies = HubPaths.IsHub(identity.Input) ? CopiesPerWorker : 0;
        var shards = HubPaths.IsHub(identity.Output) ? 1 : 0;
        yield return new DiskNeed(
            ProgramFolders.Cache,
            Largest(files, copies * options.LocalWorkers) + Largest(files, shards * options.LocalWorkers),
            $"{options.LocalWorkers} local workers, each with {copies} input files and {shards} shards at a time",
            "XDG_CACHE_HOME");
    }

    /// <summary>Of a worker that sees none of the run's files in place.</summary>
    public static long OfOtherMachine(IReadOnlyList<FileRecord> files) =>
        Largest(files, CopiesPerWorker) + Largest(files, 1);

    /// <summary>At least the largest, of which all rows may be kept.</summary>
    private static long Shards(RunIdentity identity, IReadOnlyList<FileRecord> files)
    {
        var bytes = files.Sum(file => file.Size * (double)identity.RowsOf(file.Rows) / Math.Max(1, file.Rows));
        return Math.Max((long)(bytes * Share(identity)), Largest(files, 1));
    }

    private static double Share(RunIdentity identity) => identity.Keep == KeepRule.All ? 1 : ShareOfFilters;

    private static string ShardsText(RunIdentity identity) => identity.Keep == KeepRule.All
        ? "shards"
        : $"shards (--keep {KeepRules.Name(identity.Keep)} is taken to keep {100 * ShareOfFilters:0} % of the bytes)";

    private static long Largest(IReadOnlyList<FileRecord> files, int count) =>
        files.Select(file => file.Size).OrderDescending().Take(count).Sum();
}

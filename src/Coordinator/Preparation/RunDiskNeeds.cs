using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Preparation;

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

    /// <summary>
    /// The bytes that a rule may keep by the lowest score that it keeps: FineWeb-Edu, which is published by int3, has
    /// 9 % of FineWeb's tokens, and int2 36 %.
    /// </summary>
    private static readonly (float Score, double Share)[] ShareOfFilters = [(1.5f, 1), (2.4f, 0.5)];

    private const double ShareOfStrictFilters = 0.15;

    /// <summary>A score, twice while its window is not complete.</summary>
    private const int LedgerBytesPerRow = 8;

    /// <param name="isLedgerHere">It is in the run's folder.</param>
    /// <param name="files">Of which there are no shards yet.</param>
    /// <param name="modelBytes">Still to be fetched.</param>
    /// <param name="modelFolder">Where to.</param>
    public static IEnumerable<DiskNeed> Of(
        RunOptions options, bool isLedgerHere, IReadOnlyList<FileRecord> files, long modelBytes, string modelFolder)
    {
        var spec = options.Spec;
        if (isLedgerHere)
            yield return new DiskNeed(
                options.RunFolder, OfLedger(files.Sum(file => spec.RowsOf(file.Rows))), "the ledger", "--run");
        yield return new DiskNeed(modelFolder, modelBytes, "the model", "HF_HUB_CACHE");
        if (!HubPaths.IsHub(spec.Output))
            yield return new DiskNeed(spec.Output, Shards(spec, files), ShardsText(spec), "--output");
        var copies = HubPaths.IsHub(spec.Input) ? CopiesPerWorker : 0;
        var shards = HubPaths.IsHub(spec.Output) ? 1 : 0;
        yield return new DiskNeed(
            ProgramFolders.Cache,
            Largest(files, copies * options.LocalWorkers) + Largest(files, shards * options.LocalWorkers),
            $"{NumberText.Count(options.LocalWorkers, "local worker")}, each with " +
            $"{NumberText.Count(copies, "input file")} and {NumberText.Count(shards, "shard")} at a time",
            "XDG_CACHE_HOME");
    }

    /// <param name="rows">That are still to be scored.</param>
    public static long OfLedger(long rows) => LedgerBytesPerRow * rows;

    /// <summary>Of a worker that sees none of the run's files in place.</summary>
    public static long OfOtherMachine(IReadOnlyList<FileRecord> files) =>
        Largest(files, CopiesPerWorker) + Largest(files, 1);

    /// <summary>At least the largest, of which all rows may be kept.</summary>
    private static long Shards(RunSpec spec, IReadOnlyList<FileRecord> files)
    {
        var bytes = files.Sum(file => file.Size * (double)spec.RowsOf(file.Rows) / Math.Max(1, file.Rows));
        return Math.Max((long)(bytes * Share(spec)), Largest(files, 1));
    }

    private static double Share(RunSpec spec) => ShareOfFilters
        .Where(filter => spec.Keep.Keeps(filter.Score)).Select(filter => filter.Share)
        .FirstOrDefault(ShareOfStrictFilters);

    private static string ShardsText(RunSpec spec) => spec.Keep.IsAll
        ? "shards"
        : $"shards (--keep {spec.Keep} is taken to keep {100 * Share(spec):0} % of the bytes)";

    private static long Largest(IReadOnlyList<FileRecord> files, int count) =>
        files.Select(file => file.Size).OrderDescending().Take(count).Sum();
}

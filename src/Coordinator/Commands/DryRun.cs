using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Dashboard;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Says what a run would have to do; creates nothing.</summary>
internal static class DryRun
{
    // Round figures to plan by: what a run needs is known only when its first worker has scored for a minute.
    private const double CpuDocumentsPerSecond = 20;
    private const double GpuDocumentsPerSecond = 1000;

    /// <param name="files">As a new run would have them.</param>
    /// <param name="disks">What it would need.</param>
    public static int Show(
        IReadOnlyList<FileRecord> files, RunOptions options, DiskPlan disks, TextWriter output)
    {
        var good = files.Where(file => file.SetAside is null).ToList();
        var rows = good.Sum(file => options.Identity.RowsOf(file.Rows));
        var windows = good.Sum(file => (long)options.Identity.WindowsOf(file.Rows));
        output.WriteLine(
            $"{EventText.Count(files.Count)} files, {EventText.Count(files.Sum(file => file.Size))} bytes, " +
            $"{EventText.Count(rows)} rows, {EventText.Count(windows)} windows of {options.Identity.WindowRows} rows");
        output.WriteLine($"run folder: {options.RunFolder}; output: {options.Identity.Output}");
        output.WriteLine(
            $"roughly {Hours(rows, GpuDocumentsPerSecond)} on a GPU at {GpuDocumentsPerSecond} docs/s, " +
            $"{Hours(rows, CpuDocumentsPerSecond)} on a CPU at {CpuDocumentsPerSecond} docs/s");
        foreach (var line in disks.Lines)
            output.WriteLine(line);
        output.WriteLine(
            $"each worker on another machine: up to {EventText.Size(RunDiskNeeds.OfOtherMachine(good))} in its " +
            $"--cache ({RunDiskNeeds.CopiesPerWorker} input files and a shard at a time)");
        foreach (var file in files.Where(file => file.SetAside is not null))
            output.WriteLine($"would be set aside: {file.SetAside}");
        return ExitCode.Success;
    }

    private static string Hours(long rows, double rate) => EventText.Duration(TimeSpan.FromSeconds(rows / rate));
}

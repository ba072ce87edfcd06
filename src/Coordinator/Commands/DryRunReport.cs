using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Says what a run would have to do; creates nothing.</summary>
internal static class DryRunReport
{
    // Round figures to plan by: what a run needs is known only when its first worker has scored for a minute.
    private const double CpuDocumentsPerSecond = 20;
    private const double GpuDocumentsPerSecond = 1000;

    public static async Task<int> ShowAsync(
        RunPreparation preparation, RunOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var files = await preparation.InspectInputsAsync(cancellationToken);
        var good = files.Where(file => file.Failure is null).ToList();
        var disks = await preparation.PlanDisksAsync(good, revision: "", cancellationToken);
        Show(files, good, options.Spec, output);
        output.WriteLine($"run folder: {options.RunFolder}; output: {options.Spec.Output}");
        foreach (var line in disks.Lines)
            output.WriteLine(line);
        output.WriteLine(
            $"each worker on another machine: up to {NumberText.Size(RunDiskNeeds.OfOtherMachine(good))} in its " +
            $"--cache ({RunDiskNeeds.CopiesPerWorker} input files and a shard at a time)");
        foreach (var file in files.Where(file => file.Failure is not null))
            output.WriteLine($"would fail: {file.Failure}");
        return ExitCode.Success;
    }

    private static void Show(
        IReadOnlyList<FileRecord> files, IReadOnlyList<FileRecord> good, RunSpec spec, TextWriter output)
    {
        var rows = good.Sum(file => spec.RowsOf(file.Rows));
        var windows = good.Sum(file => (long)spec.WindowsOf(file.Rows));
        output.WriteLine(
            $"{NumberText.Count(files.Count, "file")}, {NumberText.Count(files.Sum(file => file.Size), "byte")}, " +
            $"{NumberText.Count(rows, "row")}, {NumberText.Count(windows, "window")} of " +
            NumberText.Count(spec.WindowRows, "row"));
        output.WriteLine(
            $"roughly {Hours(rows, GpuDocumentsPerSecond)} on a GPU at {GpuDocumentsPerSecond} docs/s, " +
            $"{Hours(rows, CpuDocumentsPerSecond)} on a CPU at {CpuDocumentsPerSecond} docs/s");
    }

    private static string Hours(long rows, double rate) => NumberText.Duration(TimeSpan.FromSeconds(rows / rate));
}

using System.Diagnostics;
using System.Globalization;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Targets;

namespace FineWebTorch.Fuzz;

/// <summary>Tries all targets that were named, and sums up.</summary>
internal sealed class Trials(Arguments arguments)
{
    /// <summary>Of managed memory: an allocation beyond it fails, and is found, before the machine suffers.</summary>
    private const string HeapLimit = "0x60000000";

    /// <returns>0 where nothing was found.</returns>
    public async Task<int> RunAsync()
    {
        var targets = arguments.Targets.ToList();
        if (targets.Contains(AllTargets.Kernels) && !File.Exists(arguments.KernelsProgram))
        {
            Console.WriteLine("kernels: left out, for want of a C++ compiler");
            targets.Remove(AllTargets.Kernels);
        }

        var reports = new List<TargetReport>();
        await Parallel.ForEachAsync(
            targets, new ParallelOptions { MaxDegreeOfParallelism = arguments.AtOnce }, async (name, _) =>
            {
                var report = await TryAsync(name);
                lock (reports)
                    reports.Add(report);
            });
        Console.WriteLine(TargetReport.Heading);
        foreach (var report in reports.OrderBy(one => targets.IndexOf(one.Target)))
            Console.WriteLine(report);
        Console.WriteLine($"{reports.Sum(one => one.Inputs)} inputs, {reports.Sum(one => one.Findings)} findings");
        return reports.All(one => one is { Findings: 0, Inputs: > 0 }) ? 0 : 1;
    }

    private Task<TargetReport> TryAsync(string name)
    {
        var findings = new Findings(arguments.FindingsFolder, name);
        if (name == AllTargets.Kernels)
            return new Supervisor(name, sizeof(ulong), arguments.FolderOf(name), findings)
                .RunAsync(arguments.Effort, StartKernels);
        using var target = AllTargets.Make(name);
        return new Supervisor(name, target.MaxLength, arguments.FolderOf(name), findings)
            .RunAsync(arguments.Effort, left => StartChild(name, left));
    }

    private static Process StartChild(string name, Effort effort)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, Arguments.ToChild(name, effort))
        {
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        return Process.Start(start)!;
    }

    private Process StartKernels(Effort effort) => Process.Start(new ProcessStartInfo(
        arguments.KernelsProgram,
        [
            Path.Combine(arguments.FolderOf(AllTargets.Kernels), "progress"),
            effort.Time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            effort.Inputs.ToString(CultureInfo.InvariantCulture), effort.Seed.ToString(CultureInfo.InvariantCulture),
        ])
    {
        RedirectStandardError = true,
    })!;
}

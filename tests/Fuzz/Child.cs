using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Targets;

namespace FineWebTorch.Fuzz;

/// <summary>A process that tries one target; another one watches it.</summary>
internal sealed class Child(Arguments arguments, Coverage coverage)
{
    public int Run()
    {
        var name = arguments.Targets[0];
        using var target = AllTargets.Make(name);
        var folder = arguments.FolderOf(name);
        using var progress = new Progress(Path.Combine(folder, "progress"), target.MaxLength);
        var findings = new Findings(arguments.FindingsFolder, name);
        var corpus = new Corpus(Path.Combine(folder, "corpus"), new Random(arguments.Effort.Seed));
        var isDone = new Campaign(target, coverage, corpus, findings, progress)
            .Run(arguments.Effort, arguments.SeedsOf(name, target.BorrowedSeeds));
        target.Dispose();
        // What hangs on another thread is no reason to wait.
        Environment.Exit(isDone ? 0 : Supervisor.GoesOn);
        return 0;
    }

    /// <summary>One input again, with nothing caught but a refusal.</summary>
    public static int Repeat(string name, string path)
    {
        var input = File.ReadAllBytes(path);
        if (name == AllTargets.Kernels)
            return RepeatCase(BitConverter.ToUInt64(input));
        using var target = AllTargets.Make(name);
        var before = GC.GetTotalAllocatedBytes();
        try
        {
            target.Run(input);
            Console.WriteLine("taken");
        }
        catch (Exception exception) when (target.IsRefusal(exception))
        {
            Console.WriteLine($"refused: {ErrorLine.Describe(exception).Line}");
        }

        Console.WriteLine(
            $"{GC.GetTotalAllocatedBytes() - before} bytes allocated, {target.AllowedBytes(input.Length)} are allowed");
        return 0;
    }

    private static int RepeatCase(ulong number)
    {
        var program = Arguments.Parse([]).KernelsProgram;
        using var process = Process.Start(program, [$"{number}"]);
        process.WaitForExit();
        return process.ExitCode;
    }
}

using System.Diagnostics;
using FineWebTorch.Common;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>How long a target is tried.</summary>
/// <param name="Inputs">The most inputs.</param>
/// <param name="Seed">Of all random choices.</param>
internal sealed record Effort(TimeSpan Time, long Inputs, int Seed);

/// <summary>
/// Tries inputs on a target, in this process: the seeds first, then changed ones. One that passes an edge that none
/// before has passed is kept and changed further.
/// </summary>
internal sealed class Campaign(
    FuzzTarget target, Coverage coverage, Corpus corpus, Findings findings, Progress progress)
{
    private const int MostFindings = 20;

    /// <summary>What a target leaves running is gone when a new process goes on.</summary>
    private const int MostThreads = 300;

    /// <summary>Of a refusal, in characters: it is to be one line that a person reads.</summary>
    private const int LongestRefusal = 4000;

    /// <param name="seeds">Kept with the sources.</param>
    /// <returns>Whether it is done; else a new process is to go on.</returns>
    public bool Run(Effort effort, IEnumerable<byte[]> seeds)
    {
        var random = new Random(effort.Seed);
        var start = Stopwatch.GetTimestamp();
        foreach (var seed in target.Seeds.Concat(seeds).Where(seed => seed.Length <= target.MaxLength))
        {
            Try(seed);
            corpus.Add(seed);
        }

        foreach (var stored in corpus.Stored.ToList())
        {
            if (Try(stored))
                corpus.Add(stored);
        }

        while (Stopwatch.GetElapsedTime(start) < effort.Time && progress.Inputs < effort.Inputs &&
            findings.Count < MostFindings)
        {
            var input = target.Mutate(corpus.Pick(), corpus.Pick(), random);
            if (input.Length > target.MaxLength || !Try(input))
                continue;
            corpus.Store(input);
            corpus.Add(input);
            if (Process.GetCurrentProcess().Threads.Count > MostThreads)
                return false;
        }

        return true;
    }

    /// <returns>Whether it has done something new.</returns>
    public bool Try(byte[] input)
    {
        progress.Current = input;
        coverage.Clear();
        // Not by the clock: on a busy machine that says little.
        var (start, before) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var failure = Attempt(input);
        var took = (long)(Environment.CpuUsage.TotalTime - start).TotalMicroseconds;
        var allocated = GC.GetTotalAllocatedBytes() - before;
        var isNew = coverage.Add();
        progress.Inputs++;
        progress.Edges = coverage.Edges;
        progress.Kept = corpus.Count;
        progress.Slowest = Math.Max(progress.Slowest, took);
        if (failure is not null)
            findings.Add(input, failure);
        else
            Weigh(input, allocated);
        return isNew;
    }

    private void Weigh(byte[] input, long allocated)
    {
        if (allocated > progress.MostAllocated)
        {
            // What is made once, by whoever comes first, is not this input's.
            var before = GC.GetTotalAllocatedBytes();
            Attempt(input);
            allocated = Math.Min(allocated, GC.GetTotalAllocatedBytes() - before);
            progress.MostAllocated = Math.Max(progress.MostAllocated, allocated);
        }

        if (allocated > target.AllowedBytes(input.Length))
            findings.Add(
                input, "memory", "this target",
                $"{allocated} bytes for an input of {input.Length}, more than {target.AllowedBytes(input.Length)}");
    }

    /// <returns>What was thrown, unless it is a refusal as refusals are to be.</returns>
    private Exception? Attempt(byte[] input)
    {
        try
        {
            target.Run(input);
            return null;
        }
#pragma warning disable CA1031 // To tell all exceptions apart is what this is for
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return target.IsRefusal(exception) ? FaultOf(exception) : exception;
        }
    }

    private static BrokenPromiseException? FaultOf(Exception refusal)
    {
        var line = ErrorLine.Describe(refusal).Line;
        return line.Any(char.IsControl) ? new BrokenPromiseException($"the refusal has control characters: {line}")
            : line.Length > LongestRefusal ? new BrokenPromiseException($"the refusal has {line.Length} characters")
            : null;
    }
}

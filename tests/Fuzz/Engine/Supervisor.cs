using System.Diagnostics;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>
/// Tries a target in a process of its own, so that one that dies, hangs or takes all memory is found out by its input.
/// Then it begins again with what is left of the time.
/// </summary>
/// <param name="folder">For what is kept of the target.</param>
internal sealed class Supervisor(string name, int longestInput, string folder, Findings findings)
{
    /// <summary>The exit code with which a process asks for another one to go on.</summary>
    public const int GoesOn = 9;

    private const int MostDeaths = 10;
    private const long MostResident = 2L << 30;

    /// <summary>Of processor time for one input: on a busy machine the clock says little.</summary>
    private static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(20);

    /// <summary>By the clock, for one that waits for what never comes.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(4);

    private readonly string _progressPath = Path.Combine(Directory.CreateDirectory(folder).FullName, "progress");
    private long _peak;

    /// <param name="start">Starts a process that tries the target with so much effort.</param>
    public async Task<TargetReport> RunAsync(Effort effort, Func<Effort, Process> start)
    {
        File.Delete(_progressPath);
        using var progress = new Progress(_progressPath, longestInput);
        var (began, beganAt) = (Stopwatch.GetTimestamp(), DateTime.UtcNow);
        for (var (deaths, lives) = (0, 0); deaths < MostDeaths; lives++)
        {
            var left = effort with
            {
                Time = effort.Time - Stopwatch.GetElapsedTime(began),
                Seed = effort.Seed + lives,
            };
            if (left.Time <= TimeSpan.Zero || progress.Inputs >= effort.Inputs)
                break;
            using var process = start(left);
            var errors = process.StandardError.ReadToEndAsync();
            var fault = await WatchAsync(process, progress);
            if (fault is null && process.ExitCode == 0)
                break;
            if (fault is null && process.ExitCode == GoesOn)
                continue;
            deaths++;
            Note(progress.Current, fault ?? $"process ended with code {process.ExitCode}", await errors);
        }

        return new TargetReport(
            name, progress.Inputs, Stopwatch.GetElapsedTime(began), progress.Edges, progress.Kept, progress.Slowest,
            progress.MostAllocated, _peak, findings.Since(beganAt));
    }

    private void Note(byte[] input, string fault, string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.TrimEntries);
        var place = lines.FirstOrDefault(line => line.StartsWith("at FineWebTorch.", StringComparison.Ordinal)) ??
            lines[0];
        findings.Add(input, fault, place, string.Join('\n', lines.Take(200)));
    }

    /// <returns>Why it was ended; null where it has ended by itself.</returns>
    private async Task<string?> WatchAsync(Process process, Progress progress)
    {
        var (inputs, since, work) = (progress.Inputs, Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (!process.HasExited)
        {
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(100));
            if (UsageOf(process) is not { Memory: var memory, Worked: var worked })
                break;
            _peak = Math.Max(_peak, memory);
            if (progress.Inputs != inputs)
                (inputs, since, work) = (progress.Inputs, Stopwatch.GetTimestamp(), worked);
            var fault = memory > MostResident ? "memory of the process"
                : worked - work > LongestWork ? "hang"
                : Stopwatch.GetElapsedTime(since) > LongestWait ? "endless wait"
                : null;
            if (fault is null)
                continue;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            return fault;
        }

        return null;
    }

    /// <returns>Resident bytes and processor time; null of a process that is over, or ends while it is asked.</returns>
    private static (long Memory, TimeSpan Worked)? UsageOf(Process process)
    {
        try
        {
            process.Refresh();
            return (process.WorkingSet64, process.TotalProcessorTime);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

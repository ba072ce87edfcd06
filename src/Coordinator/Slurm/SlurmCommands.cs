using System.Globalization;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>
/// Slurm by its commands, as a person types them: squeue, sbatch, scancel, scontrol. Of their output only forms are read
/// that have been the same over its versions.
/// </summary>
/// <param name="script">What each job runs.</param>
/// <param name="user">Whose jobs these are.</param>
/// <param name="run">Runs one of them to its end.</param>
internal sealed class SlurmCommands(SlurmScript script, string user, SlurmProgram run) : ISlurm
{
    private const char Separator = '|';

    /// <summary>Of ids on one command line.</summary>
    private const int MostIds = 500;

    /// <summary>Other errors are for good: an unknown partition, a node that there is not.</summary>
    private static readonly string[] Passing =
    [
        "unable to contact", "connect failure", "connection refused", "timed out", "timeout", "temporarily", "standby",
        "munge", "authentication", "zero bytes", "try again", "limit", "no response", "failed to connect",
    ];

    public async Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellation)
    {
        var lines = await LinesAsync("%i|%T|%N|%M|%x|%r", "-o", cancellation);
        List<SlurmJob> jobs = [.. lines.Select(Parse).OfType<SlurmJob>()];
        if (!jobs.Any(job => job.HasFailed))
            return jobs;
        var exits = new Dictionary<string, JobExit>(StringComparer.Ordinal);
        foreach (var line in await LinesAsync("ArrayJobID:|,ArrayTaskID:|,exit_code:|", "-O", cancellation))
            if (line.Split(Separator, StringSplitOptions.TrimEntries) is [var array, var task, var exit, ..])
                exits[$"{array}_{task}"] = ParseExit(exit);
        return [.. jobs.Select(job => job with { Exit = exits.TryGetValue(job.Id, out var exit) ? exit : null })];
    }

    public async Task<string> SubmitAsync(
        int count, IReadOnlyCollection<string> excluded, CancellationToken cancellation)
    {
        var (exitCode, output, errors) = await run(
            "sbatch", script.SubmitOptions(count, excluded), script.Text, cancellation);
        // A cluster's name may follow the id.
        if (exitCode == 0)
            return output.Trim().Split('\n')[^1].Split(';')[0];
        var reason = ReasonOf("sbatch", errors);
        throw MayPass(reason) ? new AwayException(reason) : new SlurmRefusedException(reason);
    }

    public async Task CancelAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation)
    {
        foreach (var some in ids.Chunk(MostIds))
        {
            var (exitCode, _, errors) = await run("scancel", ["--quiet", .. some], null, cancellation);
            // Of one that is gone it says so and fails, by its version.
            if (exitCode != 0 && ReasonOf("scancel", errors) is var reason && MayPass(reason))
                throw new AwayException(reason);
        }
    }

    public async Task ExcludeAsync(
        IReadOnlyCollection<string> ids, IReadOnlyCollection<string> nodes, CancellationToken cancellation)
    {
        foreach (var id in ids)
        {
            var (exitCode, _, errors) = await run(
                "scontrol", ["update", $"JobId={id}", $"ExcNodeList={string.Join(',', nodes)}"], null, cancellation);
            // One that has begun meanwhile stays where it is.
            if (exitCode != 0 && ReasonOf("scontrol", errors) is var reason && MayPass(reason))
                throw new AwayException(reason);
        }
    }

    /// <summary>The id's words are the first, and a reason may hold the separator.</summary>
    internal static SlurmJob? Parse(string line)
    {
        var parts = line.Split(Separator, 6, StringSplitOptions.TrimEntries);
        return parts.Length < 6 || parts[0].Length == 0
            ? null
            : new SlurmJob(parts[0], parts[1].ToUpperInvariant(), parts[2], parts[5] == "None" ? "" : parts[5])
            {
                Elapsed = ParseElapsed(parts[3]),
                Excluded = parts[4] is "" or "(null)" ? [] : HostList.Expand(parts[4]),
            };
    }

    /// <summary><c>1-02:03:04</c>, <c>2:03:04</c>, <c>3:04</c>.</summary>
    internal static TimeSpan ParseElapsed(string text)
    {
        var parts = text.Split('-', 2);
        var seconds = parts[^1].Split(':').Aggregate(0, (sum, part) => (sum * 60) + Number(part));
        return TimeSpan.FromSeconds(seconds) + TimeSpan.FromDays(parts.Length == 2 ? Number(parts[0]) : 0);
    }

    /// <summary>As <c>CODE:SIGNAL</c>, or as the system has it, a code in the second byte.</summary>
    internal static JobExit ParseExit(string text)
    {
        int[] numbers = [.. text.Split(':').Select(Number)];
        return numbers is [var code, var signal]
            ? new JobExit(code, signal)
            : new JobExit(numbers[0] >> 8, numbers[0] & 0x7f);
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private async Task<string[]> LinesAsync(string format, string option, CancellationToken cancellation)
    {
        var (exitCode, output, errors) = await run(
            "squeue", ["-h", "-r", "-t", "all", "-u", user, "-n", script.Name, option, format], null, cancellation);
        return exitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new AwayException(ReasonOf("squeue", errors));
    }

    private static bool MayPass(string reason) =>
        Passing.Any(words => reason.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>In one line, without the program's name before each.</summary>
    private static string ReasonOf(string program, string errors) => string.Join("; ", errors
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Replace($"{program}: ", "", StringComparison.Ordinal))
        .Select(line => line.Replace("error: ", "", StringComparison.Ordinal))
        .Distinct()
        .DefaultIfEmpty($"{program} failed and said nothing"));
}

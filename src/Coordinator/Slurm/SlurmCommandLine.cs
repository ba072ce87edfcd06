using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary><c>coordinator workers slurm</c>: workers of a live run as jobs of a cluster.</summary>
internal static class SlurmCommandLine
{
    /// <param name="program">Runs Slurm's commands.</param>
    public static Command Create(TextWriter output, TimeProvider time, SlurmProgram program)
    {
        var table = new CommandTable<SlurmRequest>(
            SlurmRequest.Settings,
            (request, context, interrupted) =>
                RunAsync(SiteOf(request, program), output, context.Notices, time, interrupted))
        {
            Finish = (request, _, violations) => Check(request, violations),
            Examples =
            [
                "coordinator workers slurm --count 100 --gpus-per-node 1 --partition spot",
                "coordinator workers slurm --count 20", "coordinator workers slurm --count 0",
                "coordinator workers slurm --count 8 --gpus-per-node 0 --cpus-per-task 32",
            ],
        };
        return table.Complete(new Command(
            "slurm", "Start workers of a live run as Slurm jobs, replace those that end, end them with the run"));
    }

    private static SlurmRequest Check(SlurmRequest request, ICollection<string> violations)
    {
        if (request.DryRun && request.Count is null or 0)
            violations.Add("--dry-run: give --count too, how many jobs there would be");
        if (request is { Gpus.Count: 0, CpusPerTask: null })
            violations.Add("--gpus-per-node 0: give --cpus-per-task too, what a worker computes with");
        return request;
    }

    private static async Task<int> RunAsync(
        SlurmSite site, TextWriter output, TextWriter notices, TimeProvider time, CancellationToken interrupted)
    {
        var request = site.Request;
        if (request.Count is not { } count)
            return await TellAsync(site, output, interrupted);
        if (KeeperNote.IsKept(site.Notes) && !request.DryRun)
            return Change(site, count, output);
        if (count > 0)
            RunSight.DemandWork(site.RunFolder);
        var script = count > 0 ? site.Script() : site.Unused;
        if (request.DryRun)
            return DryRun(script, count, request, output);
        return await KeepAsync(site, script, count, notices, time, interrupted);
    }

    /// <summary>The run's ledger is not kept open.</summary>
    private static SlurmSite SiteOf(SlurmRequest request, SlurmProgram program)
    {
        using var run = StatusCommandLine.Open(request.Run);
        return SlurmSite.Of(request, run.Path, run.Core.Run.RunId, program);
    }

    private static int DryRun(SlurmScript script, int count, SlurmRequest request, TextWriter output)
    {
        output.Write(script.Text);
        for (var left = count; left > 0; left -= SlurmScript.LongestArray)
            output.WriteLine("# submitted by: sbatch " + string.Join(
                ' ', script.SubmitOptions(Math.Min(left, SlurmScript.LongestArray), [.. request.Exclude])));
        return ExitCode.Success;
    }

    private static async Task<int> KeepAsync(
        SlurmSite site, SlurmScript script, int count, TextWriter notices, TimeProvider time, CancellationToken interrupted)
    {
        var request = site.Request;
        using var held = KeeperNote.Take(site.Notes, "the run's Slurm jobs");
        KeeperNote.Of(count, script.Text).Write(site.Notes);
        site.Prepare(script);
        return await new SlurmKeeper(
            site.Slurm(script), () => RunSight.Of(site.RunFolder), () => KeeperNote.Read(site.Notes)?.Count ?? count,
            site.Words(KeeperWords.Stamped(notices, time)),
            new KeeperOptions(request.Interval, request.GiveUpAfter) { Time = time }, request.Exclude)
            .KeepAsync(interrupted);
    }

    /// <summary>A command that keeps the jobs looks at its note again and again.</summary>
    private static int Change(SlurmSite site, int count, TextWriter output)
    {
        var note = KeeperNote.Read(site.Notes) ??
            throw new UserErrorException($"{site.RunFolder}: another command is about to keep its Slurm jobs; try again");
        if (count > 0 && site.Script().Text != note.Script)
            output.WriteLine(
                $"only the number of jobs can be changed now: the rest stays as {note} was told; end that first");
        (note with { Count = count }).Write(site.Notes);
        output.WriteLine(note.Count == count
            ? $"{note} keeps {NumberText.Count(count, "job")} already"
            : $"{note} keeps {NumberText.Count(count, "job")} from now on, {NumberText.Count(note.Count)} before");
        return ExitCode.Success;
    }

    private static async Task<int> TellAsync(SlurmSite site, TextWriter output, CancellationToken interrupted)
    {
        try
        {
            var jobs = await site.Slurm(site.Unused).ListAsync(interrupted);
            foreach (var job in jobs.Where(job => job.Phase != JobPhase.Ended).OrderBy(job => job.Phase))
                output.WriteLine($"{job.Id}: {job.State}" +
                    (job.Node.Length > 0
                        ? $" on {job.Node} for {NumberText.Duration(job.Elapsed)}"
                        : $" ({job.Reason})"));
            if (jobs.All(job => job.Phase == JobPhase.Ended))
                output.WriteLine("no job of this run waits or runs");
        }
        catch (AwayException away)
        {
            throw new UserErrorException($"Slurm gives no answer: {away.Message}", inner: away);
        }

        output.WriteLine(KeeperNote.IsKept(site.Notes) && KeeperNote.Read(site.Notes) is { } note
            ? $"{note} keeps {NumberText.Count(note.Count, "job")}"
            : "no command keeps them: 'coordinator workers slurm --count N' does");
        return ExitCode.Success;
    }
}

using System.Globalization;
using System.Text;
using FineWebTorch.Coordinator.Commands;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>
/// What each job runs: a worker in the place of the shell, so that Slurm's signals reach it. No secret is in it, since who
/// may look at jobs may read it.
/// </summary>
/// <param name="Name">Of all jobs of the run, by which they are found again.</param>
/// <param name="Folder">Absolute, on a disk that nodes see: their logs go there.</param>
/// <param name="Worker">The program, absolute.</param>
/// <param name="Coordinator">Where nodes reach the run's coordinator.</param>
/// <param name="TokenFile">What lets workers in, absolute, on a disk that nodes see; null where everyone is let in.</param>
internal sealed record SlurmScript(string Name, string Folder, string Worker, string Coordinator, string? TokenFile)
{
    /// <summary>What Slurm takes unless its MaxArraySize says otherwise.</summary>
    public const int LongestArray = 1000;

    /// <summary>A worker that is told that its time is over hands in the batch in flight within ten seconds.</summary>
    private const int SecondsBeforeEnd = 60;

    /// <summary>Variables that would say something else than the script, to sbatch or to the worker.</summary>
    private static readonly string[] Overruling =
    [
        "FINEWEB_COORDINATOR", "FINEWEB_RUN", "FINEWEB_THREADS", "FINEWEB_ACCESS", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_GPUS",
        "SLURM_STEP_GPUS", "SBATCH_ARRAY_INX", "SBATCH_JOB_NAME", "SBATCH_OUTPUT", "SBATCH_ERROR", "SBATCH_OPEN_MODE",
        "SBATCH_SIGNAL", "SBATCH_REQUEUE", "SBATCH_NO_REQUEUE", "SBATCH_WAIT", "SBATCH_GRES", "SBATCH_GPUS",
        "SBATCH_GPUS_PER_NODE", "SBATCH_GPUS_PER_TASK", "SBATCH_EXCLUSIVE",
    ];

    public GpuRequest Gpus { get; init; } = new(null, 1);

    public int? CpusPerTask { get; init; }

    public string? Partition { get; init; }

    /// <summary>What a job may take; null for what the partition gives.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>More options of sbatch, as they were typed.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    public string Text
    {
        get
        {
            var text = new StringBuilder("#!/bin/bash\n");
            foreach (var option in Options())
                text.Append(CultureInfo.InvariantCulture, $"#SBATCH {option}\n");
            text.Append(
                """
                job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID start=$((${SLURM_RESTART_COUNT:-0} + 1))
                echo "job $job on $SLURMD_NODENAME, GPU ${CUDA_VISIBLE_DEVICES:-none}, start $start"

                """.ReplaceLineEndings("\n"));
            return text.AppendJoin(' ', ["exec", .. Command()]).Append('\n').ToString();
        }
    }

    /// <summary>
    /// Of sbatch, which reads the script from standard input. What a person asks for is repeated: variables such as
    /// SBATCH_PARTITION count before what a script says.
    /// </summary>
    public IReadOnlyList<string> SubmitOptions(int count, IReadOnlyCollection<string> excluded) =>
    [
        "--parsable", string.Create(CultureInfo.InvariantCulture, $"--array=0-{count - 1}"),
        .. excluded.Count > 0 ? [$"--exclude={string.Join(',', excluded)}"] : Array.Empty<string>(),
        .. Asked(),
    ];

    /// <summary>Where a job's worker writes.</summary>
    /// <param name="id">As <see cref="SlurmJob.Id"/>.</param>
    public string LogOf(string id) => Path.Combine(Folder, $"{id}.log");

    /// <summary>
    /// Takes out of the environment that jobs are submitted from what is the coordinator's alone, and what they are told by
    /// the script.
    /// </summary>
    public static void KeepForOneself(IDictionary<string, string?> environment)
    {
        WorkerProgram.KeepForOneself(environment);
        foreach (var variable in Overruling)
            environment.Remove(variable);
        // Which jobs and what of them is looked at.
        List<string> filters = [.. environment.Keys.Where(name => name.StartsWith("SQUEUE_", StringComparison.Ordinal))];
        filters.ForEach(variable => environment.Remove(variable));
    }

    private IEnumerable<string> Asked()
    {
        if (Partition is not null)
            yield return $"--partition={Partition}";
        if (Time is { } time)
            yield return string.Create(CultureInfo.InvariantCulture, $"--time={Math.Ceiling(time.TotalMinutes)}");
    }

    private IEnumerable<string> Options()
    {
        yield return $"--job-name={Name}";
        // %A and %a are the array's id and the task's; any other % stands for itself.
        var folder = Folder.Replace("%", "%%", StringComparison.Ordinal);
        yield return $"--output=\"{folder}/%A_%a.log\" --open-mode=append";
        yield return $"--chdir=\"{Folder}\"";
        yield return "--nodes=1 --ntasks=1";
        yield return "--requeue";
        yield return string.Create(CultureInfo.InvariantCulture, $"--signal=B:USR1@{SecondsBeforeEnd}");
        if (Gpus.Count > 0)
            yield return $"--gres=gpu:{Gpus}";
        if (CpusPerTask is { } cpus)
            yield return string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={cpus}");
        foreach (var option in Asked().Concat(More))
            yield return option;
    }

    private IEnumerable<string> Command()
    {
        yield return Quote(Worker);
        yield return Gpus.Count switch
        {
            0 => "--device cpu",
            1 => "--gpu slurm",
            _ => "--gpu all",
        };
        var cpus = CpusPerTask / Math.Max(1, Gpus.Count);
        if (cpus is not null)
            yield return string.Create(CultureInfo.InvariantCulture, $"--threads {Math.Max(1, cpus.Value)}");
        yield return $"--coordinator {Quote(Coordinator)}";
        if (TokenFile is not null)
            yield return $"--join {Quote("@" + TokenFile)}";
    }

    /// <summary>A word of a shell.</summary>
    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}

/// <summary>GPUs of a job.</summary>
/// <param name="Type">As the cluster names it; null for any.</param>
internal sealed record GpuRequest(string? Type, int Count)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Type is null ? "" : Type + ":")}{Count}");
}

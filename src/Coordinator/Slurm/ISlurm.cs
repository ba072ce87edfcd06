using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>What a batch system is asked to do for the workers of one run, all under one name.</summary>
internal interface ISlurm
{
    /// <summary>Those that wait or run, and those that have ended a short time ago.</summary>
    /// <exception cref="AwayException">It gives no answer.</exception>
    Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellation);

    /// <summary>Submits an array of jobs.</summary>
    /// <param name="count">How many, at most <see cref="SlurmScript.LongestArray"/>.</param>
    /// <param name="excluded">Names of nodes that are to get none.</param>
    /// <returns>The array's id.</returns>
    /// <exception cref="AwayException">It gives no answer, or takes no more now.</exception>
    /// <exception cref="SlurmRefusedException">It never takes jobs like these.</exception>
    Task<string> SubmitAsync(int count, IReadOnlyCollection<string> excluded, CancellationToken cancellation);

    /// <summary>Ends jobs; those that have ended already are no fault.</summary>
    /// <inheritdoc cref="ListAsync"/>
    Task CancelAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation);

    /// <summary>Keeps jobs that wait off nodes.</summary>
    /// <inheritdoc cref="ListAsync"/>
    Task ExcludeAsync(
        IReadOnlyCollection<string> ids, IReadOnlyCollection<string> nodes, CancellationToken cancellation);
}

/// <summary>A task of an array, as Slurm lists it.</summary>
/// <param name="Id">Of the array and of the task in it: 17_3.</param>
/// <param name="State">In Slurm's word: PENDING, PREEMPTED.</param>
/// <param name="Node">Empty while it waits.</param>
/// <param name="Reason">Why it waits, or has ended.</param>
internal sealed record SlurmJob(string Id, string State, string Node = "", string Reason = "")
{
    /// <summary>How long it has run; since its last start where it was requeued.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Names of nodes that it is kept off.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Of one that has ended, where that is known.</summary>
    public JobExit? Exit { get; init; }

    public JobPhase Phase => State switch
    {
        "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "SPECIAL_EXIT" or "RESV_DEL_HOLD" => JobPhase.Waiting,
        "COMPLETING" => JobPhase.Ending,
        "COMPLETED" or "CANCELLED" or "FAILED" or "TIMEOUT" or "NODE_FAIL" or "PREEMPTED" or "BOOT_FAIL" or "DEADLINE"
            or "OUT_OF_MEMORY" or "REVOKED" or "LAUNCH_FAILED" or "RECONFIG_FAIL" => JobPhase.Ended,
        // What a later Slurm calls otherwise is not started twice.
        _ => JobPhase.Running,
    };

    /// <summary>It waits and will never run: Slurm could not start it and holds it.</summary>
    public bool IsStuck => Phase == JobPhase.Waiting &&
        Reason.Replace(' ', '_').Contains("launch_failed", StringComparison.OrdinalIgnoreCase);

    /// <summary>The worker itself ended otherwise than in order: nobody took it away, and its time was not over.</summary>
    public bool HasFailed => State is "FAILED" or "OUT_OF_MEMORY" or "BOOT_FAIL" or "LAUNCH_FAILED" && Node.Length > 0 &&
        Exit is not ({ Code: 130 or 143 } or { Signal: 15 or 2 });
}

/// <summary>What ended a job.</summary>
/// <param name="Code">Its exit code; 0 with a signal.</param>
/// <param name="Signal">0 where none did.</param>
internal readonly record struct JobExit(int Code, int Signal)
{
    public override string ToString() => Signal > 0 ? $"signal {Signal}" : $"exit code {Code}";
}

internal enum JobPhase
{
    Waiting,
    Running,

    /// <summary>Its processes are about to end; it may come back, where it was preempted.</summary>
    Ending,
    Ended,
}

/// <summary>Slurm takes no such jobs, and says why.</summary>
internal sealed class SlurmRefusedException(string reason) : Exception(reason);

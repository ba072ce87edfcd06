namespace FineWebTorch.Coordinator.Running;

/// <summary>Something worth telling the person who watches the run.</summary>
internal abstract record RunEvent
{
    private RunEvent()
    {
    }

    public sealed record WorkerJoined(string Worker, string Device, bool Returned) : RunEvent;

    public sealed record WorkerLeft(string Worker) : RunEvent;

    public sealed record WorkerLost(string Worker, double SilentSeconds) : RunEvent;

    public sealed record WorkerTurnedAway(string Worker, string Reason) : RunEvent;

    /// <summary>Precision and token budget are open, and a better worker than this first one is waited for.</summary>
    public sealed record Settling(string Worker, string Device, double Seconds) : RunEvent;

    public sealed record PrecisionFixed(string Dtype, int TokenBudget, string Worker) : RunEvent;

    /// <param name="Reason">What was not done, and for how long.</param>
    public sealed record LeaseStalled(string File, string Worker, string Reason) : RunEvent;

    /// <summary>What a worker does slowly is done by another one as well; whoever is first counts.</summary>
    public sealed record SecondLease(string File, string Worker, string Slow, bool IsBuild) : RunEvent;

    public sealed record AttemptFailed(string File, string Worker, string Reason) : RunEvent
    {
        /// <summary>Bytes, about, for which the worker found no room on this machine's disk; null where it did.
        /// </summary>
        public long? OutputLacks { get; init; }
    }

    public sealed record FileFailed(string File, string Reason) : RunEvent;

    public sealed record WorkerQuarantined(string Worker, string Reason) : RunEvent;

    public sealed record WorkerAllowed(string Worker) : RunEvent;

    /// <summary>All workers that are here are quarantined: the run waits.</summary>
    public sealed record NoHealthyWorker(string Reason) : RunEvent;

    /// <param name="Row">From 0, in the file; it gets no score.</param>
    public sealed record DocumentEndsWorkers(string File, long Row) : RunEvent;

    public sealed record ShardDone(string File, string Shard, long Rows, long Kept, long Unscorable) : RunEvent;

    /// <param name="Shards">How many the Hub's storage has dropped before they were committed.</param>
    public sealed record ShardsLost(int Shards) : RunEvent;

    /// <param name="Done">How many of the lost ones are built and uploaded again by now.</param>
    public sealed record ShardRebuilt(string Shard, int Done, int Lost) : RunEvent;

    /// <param name="GiveBack">What is held is given back; else it is finished.</param>
    public sealed record RunPaused(bool GiveBack) : RunEvent;

    public sealed record RunResumed : RunEvent;

    public sealed record WorkerDrained(string Worker) : RunEvent;

    /// <param name="Worker">Its name, or a pattern of names.</param>
    public sealed record WorkerBanned(string Worker) : RunEvent;

    /// <inheritdoc cref="WorkerBanned"/>
    public sealed record BanLifted(string Worker) : RunEvent;

    public sealed record FileReopened(string File) : RunEvent;

    /// <summary>Who reads of the run has not kept up.</summary>
    /// <param name="Progress">Lines of progress that were left out.</param>
    /// <param name="Events">Others that were left out.</param>
    public sealed record NotTold(int Progress, int Events) : RunEvent;

    /// <param name="Shards">How many have been committed now.</param>
    /// <param name="Safe">How many of the run are committed by now.</param>
    /// <param name="Files">Of the run.</param>
    /// <param name="Revision">Of the pull request that holds them.</param>
    public sealed record ShardsCommitted(int Shards, int Safe, int Files, string Revision) : RunEvent;

    /// <summary>All shards of the run have come from the pull request to its branch.</summary>
    public sealed record PullRequestMerged(string Revision) : RunEvent;

    public sealed record Warning(string Text) : RunEvent;
}

/// <summary>Hears of what happens in a run, on the loop's thread or while it is published: it must not wait.</summary>
internal interface IRunObserver
{
    void Observe(RunEvent happened);
}

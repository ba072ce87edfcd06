namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Something to do now, decided by <see cref="Planner"/>.</summary>
internal abstract record PlanAction
{
    private PlanAction()
    {
    }

    public sealed record GrantScore(string WorkerId, int File, WindowRange Windows) : PlanAction;

    public sealed record GrantBuild(string WorkerId, int File) : PlanAction;

    /// <summary>The windows from <paramref name="End"/> on can be leased to someone else.</summary>
    public sealed record Shrink(ulong Fence, int End) : PlanAction;

    /// <summary>The worker has been silent for too long.</summary>
    public sealed record Expire(string WorkerId) : PlanAction;

    public sealed record SetAside(int File, string Reason) : PlanAction;

    /// <summary>No worker told the file's digest, which its shard's metadata needs.</summary>
    public sealed record ReadDigest(int File) : PlanAction;
}

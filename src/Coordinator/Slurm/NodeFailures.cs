namespace FineWebTorch.Coordinator.Slurm;

/// <summary>
/// Nodes on which workers fail again and again while others get on. The node is at fault only then: what ends all workers
/// is the run's fault, or the program's.
/// </summary>
internal sealed class NodeFailures
{
    /// <summary>Of one node, one after another; what happens to all its workers at once counts as one.</summary>
    public const int Most = 3;

    /// <summary>A worker that has done its work for so long shows that its node is well.</summary>
    public static readonly TimeSpan Healthy = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (int Count, long Progress, SlurmJob Last)> _failures = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _excluded = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Excluded => _excluded;

    /// <summary>Those that an earlier keeper excluded: jobs still say so.</summary>
    public void Adopt(IEnumerable<string> nodes) => _excluded.UnionWith(nodes);

    /// <summary>A job has ended otherwise than in order.</summary>
    /// <param name="progress">Of the run, as of now.</param>
    public void Add(SlurmJob job, long progress)
    {
        var (count, begun, _) = _failures.GetValueOrDefault(job.Node, (0, progress, job));
        _failures[job.Node] = job.Elapsed >= Healthy ? (1, progress, job) : (count + 1, begun, job);
    }

    /// <returns>The last job of each node that is excluded from now on.</returns>
    /// <param name="progress">Of the run, as of now.</param>
    public IReadOnlyList<SlurmJob> Judge(long progress)
    {
        List<SlurmJob> bad = [.. _failures
            .Where(node => node.Value.Count >= Most && progress > node.Value.Progress && !_excluded.Contains(node.Key))
            .Select(node => node.Value.Last).OrderBy(job => job.Node, StringComparer.Ordinal)];
        _excluded.UnionWith(bad.Select(job => job.Node));
        return bad;
    }
}

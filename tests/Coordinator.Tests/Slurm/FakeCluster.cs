using System.Globalization;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Slurm;

namespace FineWebTorch.Coordinator.Tests.Slurm;

/// <summary>A cluster of a few nodes on a clock that is told to go on; jobs run until something is done to them.</summary>
internal sealed class FakeCluster(FakeTime time, int nodes, int slotsPerNode) : ISlurm
{
    private readonly List<Job> _jobs = [];
    private int _arrays;

    /// <summary>Nodes on which each job fails.</summary>
    public HashSet<string> BadNodes { get; } = [];

    /// <summary>Jobs that have ended are not listed any more.</summary>
    public bool Forgets { get; set; }

    /// <summary>Each job fails as soon as it has begun.</summary>
    public bool FailsAtOnce { get; set; }

    /// <summary>Its controller gives no answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>What it says of jobs that are submitted.</summary>
    public string? Refusal { get; set; }

    /// <summary>It starts none and keeps them, as where a node's own preparations fail.</summary>
    public bool HoldsWhatItCannotStart { get; set; }

    public List<int> Submissions { get; } = [];

    public List<string> Cancelled { get; } = [];

    public IEnumerable<Job> Running => _jobs.Where(job => job.State == "RUNNING");

    public IEnumerable<Job> Waiting => _jobs.Where(job => job.State == "PENDING");

    public Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellation)
    {
        Answer();
        return Task.FromResult<IReadOnlyList<SlurmJob>>([.. _jobs.Select(job => job.Describe(time.Now))
            .Where(job => !Forgets || job.Phase != JobPhase.Ended)]);
    }

    public Task<string> SubmitAsync(int count, IReadOnlyCollection<string> excluded, CancellationToken cancellation)
    {
        Answer();
        if (Refusal is { } refusal)
            throw new SlurmRefusedException(refusal);
        Submissions.Add(count);
        var array = (++_arrays).ToString(CultureInfo.InvariantCulture);
        for (var task = 0; task < count; task++)
            _jobs.Add(new Job($"{array}_{task}") { Excluded = [.. excluded] });
        return Task.FromResult(array);
    }

    public Task CancelAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation)
    {
        Answer();
        Cancelled.AddRange(ids);
        foreach (var job in _jobs.Where(job => ids.Contains(job.Id) && job.State is ("PENDING" or "RUNNING")))
            job.State = "CANCELLED";
        return Task.CompletedTask;
    }

    public Task ExcludeAsync(
        IReadOnlyCollection<string> ids, IReadOnlyCollection<string> excluded, CancellationToken cancellation)
    {
        Answer();
        foreach (var job in _jobs.Where(job => ids.Contains(job.Id)))
            job.Excluded = [.. excluded];
        return Task.CompletedTask;
    }

    /// <summary>Time passes: first what runs on bad nodes fails, then what waits is started.</summary>
    public void Advance(TimeSpan by)
    {
        foreach (var job in Running.Where(job => BadNodes.Contains(job.Node)).ToList())
            (job.State, job.Exit) = ("FAILED", new JobExit(1, 0));
        time.Advance(by);
        foreach (var job in Waiting.Where(job => job.Reason.Length == 0).ToList())
            Start(job);
    }

    /// <summary>Takes jobs away.</summary>
    /// <param name="state">PENDING where they are to come back by themselves.</param>
    public void TakeAway(int count, string state)
    {
        foreach (var job in Running.Take(count).ToList())
            (job.State, job.Node) = (state, state == "PENDING" ? "" : job.Node);
    }

    private void Start(Job job)
    {
        var node = Enumerable.Range(1, nodes).Select(number => $"n{number}").FirstOrDefault(name =>
            !job.Excluded.Contains(name) && Running.Count(other => other.Node == name) < slotsPerNode);
        if (node is null)
            return;
        if (HoldsWhatItCannotStart)
            job.Reason = "launch failed requeued held";
        else
            (job.State, job.Node, job.Begun) = (FailsAtOnce ? "FAILED" : "RUNNING", node, time.Now);
    }

    private void Answer()
    {
        if (IsAway)
            throw new AwayException("Unable to contact slurm controller");
    }

    internal sealed class Job(string id)
    {
        public string Id { get; } = id;

        public string State { get; set; } = "PENDING";

        public string Node { get; set; } = "";

        public string Reason { get; set; } = "";

        public TimeSpan Begun { get; set; }

        public JobExit? Exit { get; set; }

        public List<string> Excluded { get; set; } = [];

        public SlurmJob Describe(TimeSpan now) => new(Id, State, Node, Reason)
        {
            Elapsed = State == "PENDING" ? TimeSpan.Zero : now - Begun,
            Exit = Exit,
            Excluded = Excluded,
        };
    }
}

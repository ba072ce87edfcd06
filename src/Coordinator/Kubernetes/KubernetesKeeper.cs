using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>
/// Watches over the Job of a run's workers until the run is over, and then ends what is left of it. Kubernetes replaces
/// those that end; where it has given up, this asks for others.
/// </summary>
/// <param name="cluster">Asked at every step.</param>
/// <param name="look">How the run stands.</param>
/// <param name="renew">Makes the Job anew, of so many workers, in the place of one that has ended.</param>
/// <param name="end">What is to be done at the end besides.</param>
/// <param name="words">Tells of what happens.</param>
/// <param name="options">Of the command.</param>
internal sealed class KubernetesKeeper(
    Cluster cluster, Func<CancellationToken, Task<RunSight>> look, Func<int, CancellationToken, Task> renew,
    Func<CancellationToken, Task> end, KubernetesWords words, KeeperOptions options)
    : Keeper<KubernetesWords>(options, words)
{
    /// <summary>A worker has something to show by then.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>Names of pods that have failed and were told of.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Replacements _replacements = new(options.Time, options.Random);

    /// <summary>Places that Kubernetes has given up, at the last look.</summary>
    private int _givenUp;

    protected override async Task<int?> TendAsync(CancellationToken cancellation)
    {
        var run = await look(cancellation);
        var job = await cluster.ReadWorkersAsync(cancellation);
        List<WorkerPod> pods = [.. (await cluster.ListPodsAsync(Labels.Worker, cancellation))
            .Select(pod => new WorkerPod(pod, WorkerManifests.Container))];
        if (job is null || run.Stage == RunStage.Over || IsAbandoned(run.Stage))
            return await EndAsync(job is null ? RunStage.Working : run.Stage, pods, cancellation);
        Note(pods);
        var wanted = WorkerManifests.WantedOf(job);
        Words.Count(pods, wanted);
        await ReplaceAsync(job, wanted, pods, run, cancellation);
        return null;
    }

    private async Task<int> EndAsync(RunStage stage, List<WorkerPod> pods, CancellationToken cancellation)
    {
        await cluster.EndWorkersAsync(cancellation);
        Words.End(stage, pods.Count(pod => pod.IsRunning || pod.IsWaiting));
        if (stage == RunStage.Over)
            await end(cancellation);
        return stage == RunStage.Away ? ExitCode.NoCoordinator : ExitCode.Success;
    }

    private void Note(List<WorkerPod> pods)
    {
        Words.Failed([.. pods.Where(pod => pod.HasFailed && !_told.Contains(pod.Name))]);
        // Those that are not listed any more are not remembered.
        _told.IntersectWith(pods.Select(pod => pod.Name));
        _told.UnionWith(pods.Where(pod => pod.HasFailed).Select(pod => pod.Name));
    }

    /// <summary>Places that Kubernetes has given up stay so; the Job gets as many more.</summary>
    private async Task ReplaceAsync(
        V1Job job, int wanted, List<WorkerPod> pods, RunSight run, CancellationToken cancellation)
    {
        var failed = CountOf(job.Status?.FailedIndexes);
        Judge(failed, pods, run);
        _givenUp = failed;
        if (run.Stage != RunStage.Working || !_replacements.AreDue)
            return;
        if (Cluster.HasEnded(job, "Failed"))
        {
            await renew(wanted, cancellation);
            _givenUp = 0;
        }
        else if (job.Spec.Completions != wanted + failed)
            await cluster.ScaleAsync(wanted, failed, cancellation);
    }

    private void Judge(int failed, List<WorkerPod> pods, RunSight run)
    {
        // Workers that find no coordinator are not to blame while there is none.
        if (failed <= _givenUp || run is not { Stage: RunStage.Working, IsPaused: false })
            return;
        Words.GivenUp(failed - _givenUp);
        _replacements.Fail(run.Progress);
        if (_replacements.Rounds >= Replacements.Most && !pods.Any(IsSettled))
            throw new UserErrorException(KubernetesWords.Hopeless(pods.LastOrDefault(pod => pod.HasFailed)));
    }

    private bool IsSettled(WorkerPod pod) => pod.IsRunning && pod.ElapsedAt(Options.Time.GetUtcNow()) >= Settled;

    /// <summary>Of numbers as Kubernetes writes many in few words: <c>1,3-5</c>.</summary>
    internal static int CountOf(string? indexes) => (indexes ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(range => range.Split('-'))
        .Sum(ends => int.Parse(ends[^1], CultureInfo.InvariantCulture) - int.Parse(ends[0], CultureInfo.InvariantCulture) + 1);
}

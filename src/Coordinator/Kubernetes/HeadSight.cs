using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>How a run stands whose coordinator is in the cluster: by what has become of its pod.</summary>
/// <param name="cluster">Asked at every look.</param>
/// <param name="words">Hear of a coordinator that ends otherwise than in order.</param>
internal sealed class HeadSight(Cluster cluster, KubernetesWords words)
{
    public async Task<RunSight> LookAsync(CancellationToken cancellation)
    {
        var pods = await cluster.ListPodsAsync(Labels.Coordinator, cancellation);
        // While it is moved there may be two, or none.
        var heads = pods.Select(pod => new WorkerPod(pod, CoordinatorManifests.Container)).ToList();
        if (heads.Any(head => head.End is { ExitCode: ExitCode.Success or ExitCode.FilesFailed }))
            return new RunSight(RunStage.Over, 0);
        if (heads.FirstOrDefault(head => head.IsBetweenStarts) is not { } ended)
            return new RunSight(RunStage.Working, 0);
        words.Head(ended);
        return new RunSight(RunStage.Away, 0);
    }
}

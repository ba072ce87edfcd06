using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Keeping;
using k8s;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>A run and what belongs to it in a cluster: its workers, and its coordinator where that is there as well.</summary>
/// <param name="Labels">By which all of it is found.</param>
/// <param name="RunFolder">Absolute; null where the coordinator is in the cluster.</param>
internal sealed record KubernetesSite(KubernetesRequest Request, Labels Labels, string? RunFolder)
{
    /// <summary>Of a run whose coordinator is in the cluster, unless a name is given.</summary>
    private const string DefaultName = "fineweb";

    private readonly CoordinatorManifests _coordinator =
        new(Labels, Request.Shape.Image, Request.RunOptions, Request.Storage);

    /// <param name="space">The namespace; null for that of whoever applies what is printed.</param>
    /// <exception cref="UserErrorException">There is no run here.</exception>
    public static KubernetesSite Of(KubernetesRequest request, string? space)
    {
        if (request.IsWithin)
            return new KubernetesSite(request, new Labels(request.Name ?? DefaultName, space), null);
        // The run's ledger is not kept open.
        using var run = StatusCommandLine.Open(request.Run);
        var id = run.Core.Run.RunId;
        return new KubernetesSite(
            request, new Labels($"fineweb-{id[..Math.Min(12, id.Length)].ToLowerInvariant()}", space), run.Path);
    }

    /// <summary>Where the command that keeps the workers leaves its note; null where there is no folder for it.</summary>
    public string? Notes => RunFolder is null ? null : Path.Combine(RunFolder, "kubernetes");

    /// <summary>All that is to be there, what others need first.</summary>
    /// <param name="count">How many workers.</param>
    /// <param name="access">Of a coordinator in the cluster; null where it is elsewhere.</param>
    /// <param name="hubToken">What that coordinator shows to the Hub.</param>
    /// <exception cref="UserErrorException">Pods cannot reach the coordinator, or would not be let in.</exception>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects(int count, AccessBundle? access, Secret? hubToken)
    {
        if (access is not null)
        {
            var within = Workers(_coordinator.Address, isOpen: false);
            return
            [
                _coordinator.AccessSecret(access), .. hubToken is { } token ? [_coordinator.HubSecret(token.Reveal())] : None,
                within.Secret(access.Join), .. _coordinator.Objects(hasAccess: true), .. within.Objects(count),
            ];
        }

        var entrance = RunEntrance.Of(RunFolder!, Request.Coordinator, Request.Access);
        var join = entrance.ReadToken();
        var workers = Workers(entrance.Address, isOpen: join is null);
        return [workers.Secret(join), .. workers.Objects(count)];
    }

    private static IReadOnlyList<IKubernetesObject<V1ObjectMeta>> None => [];

    private WorkerManifests Workers(string coordinator, bool isOpen) => new(Labels, Request.Shape, coordinator, isOpen);
}

using FineWebTorch.Common;
using k8s;
using k8s.Exceptions;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>Clusters that this user may speak to, as kubectl finds them.</summary>
internal static class Contexts
{
    /// <param name="name">Of a context; null for the current one, or for the cluster that this process runs in.</param>
    /// <exception cref="UserErrorException">There is none, or it cannot be read.</exception>
    public static KubernetesClientConfiguration Find(string? name)
    {
        try
        {
            var hasFile = Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } ||
                File.Exists(KubernetesClientConfiguration.KubeConfigDefaultLocation);
            return name is null && !hasFile && KubernetesClientConfiguration.IsInCluster()
                ? KubernetesClientConfiguration.InClusterConfig()
                : KubernetesClientConfiguration.BuildConfigFromConfigObject(
                    KubernetesClientConfiguration.LoadKubeConfig(), name);
        }
        catch (Exception unusable) when (
            unusable is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
        {
            throw new UserErrorException(
                $"no Kubernetes cluster is known here ({unusable.Message}): 'kubectl config get-contexts' lists them, KUBECONFIG " +
                "names another file, --context a context; --dry-run needs none", inner: unusable);
        }
    }
}

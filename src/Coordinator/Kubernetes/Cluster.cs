using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>
/// What belongs to one run in a cluster, by its API server. What it does not answer now is an
/// <see cref="AwayException"/>, what it refuses a <see cref="UserErrorException"/> with its reason.
/// </summary>
/// <param name="labels">Of the run, with the namespace.</param>
internal sealed class Cluster(IKubernetes client, Labels labels)
{
    /// <summary>Whose fields these are, for others that apply to the same objects.</summary>
    private const string Manager = "fineweb-torch";

    private string Space => labels.Namespace!;

    /// <summary>Makes the objects, or makes them as they are to be.</summary>
    public async Task ApplyAsync(IEnumerable<IKubernetesObject<V1ObjectMeta>> objects, CancellationToken cancellation)
    {
        foreach (var one in objects)
            await AskAsync(() => ApplyAsync(one, cancellation), $"{one.Kind} {one.Metadata.Name}");
    }

    /// <returns>Null where there is none.</returns>
    public Task<V1Job?> ReadWorkersAsync(CancellationToken cancellation) =>
        FindAsync(() => client.BatchV1.ReadNamespacedJobAsync(labels.Workers, Space, cancellationToken: cancellation));

    /// <returns>Null where there is none.</returns>
    public Task<V1Secret?> ReadAccessAsync(CancellationToken cancellation) =>
        FindAsync(() => client.CoreV1.ReadNamespacedSecretAsync(labels.Access, Space, cancellationToken: cancellation));

    /// <summary>Whether the Job starts no pods any more.</summary>
    /// <param name="how">Complete or Failed.</param>
    public static bool HasEnded(V1Job job, params IReadOnlyList<string> how) =>
        job.Status?.Conditions?.Any(condition => how.Contains(condition.Type) && condition.Status == "True") == true;

    /// <summary>Makes room for another Job of its name.</summary>
    public Task DeleteJobAsync(CancellationToken cancellation) => FindAsync(() => client.BatchV1.DeleteNamespacedJobAsync(
        labels.Workers, Space, propagationPolicy: "Background", cancellationToken: cancellation));

    /// <param name="component">One of those of <see cref="Labels"/>.</param>
    public async Task<IList<V1Pod>> ListPodsAsync(string component, CancellationToken cancellation) => (await AskAsync(
        () => client.CoreV1.ListNamespacedPodAsync(
            Space, labelSelector: labels.Query(component), cancellationToken: cancellation),
        "pods")).Items;

    /// <summary>Both numbers change together: so it is allowed for an indexed Job.</summary>
    /// <param name="count">How many workers are wanted.</param>
    /// <param name="failed">Places of workers that are given up, and stay so.</param>
    public Task ScaleAsync(int count, int failed, CancellationToken cancellation) => AskAsync(
        () => client.BatchV1.PatchNamespacedJobAsync(
            new V1Patch(
                new
                {
                    metadata = new { annotations = WorkerManifests.Wanted(count) },
                    spec = new { completions = count + failed, parallelism = count + failed },
                },
                V1Patch.PatchType.MergePatch),
            labels.Workers, Space, fieldManager: Manager, cancellationToken: cancellation),
        $"Job {labels.Workers}");

    /// <summary>Ends all workers, and takes away what was made for them.</summary>
    public async Task EndWorkersAsync(CancellationToken cancellation)
    {
        await DeleteJobAsync(cancellation);
        await FindAsync(() => client.NetworkingV1.DeleteNamespacedNetworkPolicyAsync(
            labels.Workers, Space, cancellationToken: cancellation));
        await FindAsync(() => client.CoreV1.DeleteNamespacedSecretAsync(
            labels.Join, Space, cancellationToken: cancellation));
    }

    /// <summary>Ends the coordinator; its volume stays.</summary>
    public Task EndHeadAsync(CancellationToken cancellation) => FindAsync(
        () => client.AppsV1.PatchNamespacedStatefulSetScaleAsync(
            new V1Patch(new { spec = new { replicas = 0 } }, V1Patch.PatchType.MergePatch), labels.Head, Space,
            cancellationToken: cancellation));

    private Task ApplyAsync(IKubernetesObject<V1ObjectMeta> one, CancellationToken cancellation)
    {
        var patch = new V1Patch(one, V1Patch.PatchType.ApplyPatch);
        var name = one.Metadata.Name;
        return one switch
        {
            V1Secret => client.CoreV1.PatchNamespacedSecretAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            V1Service => client.CoreV1.PatchNamespacedServiceAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            V1NetworkPolicy => client.NetworkingV1.PatchNamespacedNetworkPolicyAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            V1PodDisruptionBudget => client.PolicyV1.PatchNamespacedPodDisruptionBudgetAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            V1StatefulSet => client.AppsV1.PatchNamespacedStatefulSetAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            V1Job => client.BatchV1.PatchNamespacedJobAsync(
                patch, name, Space, fieldManager: Manager, force: true, cancellationToken: cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(one), one.Kind, "no such kind is made"),
        };
    }

    private static Task<bool> AskAsync(Func<Task> ask, string what) => AskAsync(
        async () =>
        {
            await ask();
            return true;
        },
        what);

    private static async Task<T?> FindAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await AskAsync(ask, typeof(T).Name);
        }
        catch (UserErrorException refused) when (refused.InnerException is HttpOperationException
        {
            Response.StatusCode: HttpStatusCode.NotFound
        })
        {
            return null;
        }
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, string what)
    {
        try
        {
            return await ask();
        }
        catch (HttpOperationException answer)
        {
            var reason = ReasonOf(answer);
            throw answer.Response.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests
                or HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict
                ? new AwayException(reason)
                : new UserErrorException($"the cluster refuses {what}: {reason}", inner: answer);
        }
        catch (HttpRequestException unreachable)
        {
            throw new AwayException($"its API server is not reached: {unreachable.Message}");
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            throw new AwayException("its API server gives no answer");
        }
    }

    /// <summary>In the words of the server, where it has some.</summary>
    private static string ReasonOf(HttpOperationException answer)
    {
        try
        {
            if (KubernetesJson.Deserialize<V1Status>(answer.Response.Content) is { Message.Length: > 0 } status)
                return status.Message;
        }
        catch (Exception other) when (other is System.Text.Json.JsonException or ArgumentException)
        {
            // Something between has answered.
        }

        return $"HTTP {(int)answer.Response.StatusCode}";
    }
}

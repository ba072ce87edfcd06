using System.Globalization;
using System.Text;
using FineWebTorch.Common;
using k8s;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>
/// Workers of a run as an indexed Job: whoever is taken away, or fails, is replaced by Kubernetes itself, who is told that
/// the run is over ends and is not.
/// </summary>
/// <param name="labels">Of the run.</param>
/// <param name="shape">Of each pod.</param>
/// <param name="coordinator">Where pods reach it.</param>
/// <param name="isOpen">Whether the coordinator lets everyone in.</param>
internal sealed class WorkerManifests(Labels labels, PodShape shape, string coordinator, bool isOpen)
{
    /// <summary>Of the container.</summary>
    public const string Container = "worker";

    /// <summary>What a worker ends with that was told to end by a signal: it is not done, and is replaced.</summary>
    private const int Terminated = 143;

    /// <summary>Failures of one place among the workers, but for being taken away. Pauses between them grow to six minutes.</summary>
    private const int MostFailures = 10;

    /// <summary>A worker hands in the batch in flight within ten seconds.</summary>
    private const long SecondsToEnd = 60;

    private const string WantedAnnotation = "fineweb-torch/count";
    private const int KeepSeconds = 3600;
    private const int MetricsPort = 5092;
    private const string Secrets = "/etc/fineweb";
    private const string Join = "join";
    private const string MetricsToken = "metrics";

    /// <summary>All but the Secret.</summary>
    /// <param name="count">How many workers.</param>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects(int count) => [NetworkPolicy, Job(count)];

    /// <param name="join">The token that lets workers in; null where everyone is let in.</param>
    public V1Secret Secret(string? join)
    {
        var files = new Dictionary<string, byte[]>
        {
            // The same whenever it is applied, and no way to the token that it is made of.
            [MetricsToken] = Encoding.ASCII.GetBytes(Sha256.Of($"metrics of {labels.Name} {join}")),
        };
        if (join is not null)
            files[Join] = Encoding.ASCII.GetBytes(join);
        return Pods.SecretOf(labels.Meta(labels.Join, Labels.Worker), files);
    }

    public V1Job Job(int count) => new()
    {
        ApiVersion = "batch/v1",
        Kind = V1Job.KubeKind,
        Metadata = JobMeta(count),
        Spec = new V1JobSpec
        {
            CompletionMode = "Indexed",
            Completions = count,
            Parallelism = count,
            BackoffLimitPerIndex = MostFailures,
            PodFailurePolicy = FailurePolicy,
            TtlSecondsAfterFinished = KeepSeconds,
            Template = new V1PodTemplateSpec
            {
                Metadata = new V1ObjectMeta { Labels = labels.Of(Labels.Worker) },
                Spec = Pod,
            },
        },
    };

    /// <summary>Says on a Job how many workers are wanted; its own numbers count places that were given up, too.</summary>
    public static Dictionary<string, string> Wanted(int count) =>
        new() { [WantedAnnotation] = count.ToString(CultureInfo.InvariantCulture) };

    public static int WantedOf(V1Job job) =>
        job.Metadata.Annotations?.TryGetValue(WantedAnnotation, out var text) == true &&
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : job.Spec.Completions ?? 0;

    private V1ObjectMeta JobMeta(int count)
    {
        var meta = labels.Meta(labels.Workers, Labels.Worker);
        meta.Annotations = Wanted(count);
        return meta;
    }

    /// <summary>Metrics ask for a token.</summary>
    private V1NetworkPolicy NetworkPolicy => Pods.Policy(
        labels, labels.Workers, Labels.Worker,
        HasMetrics
            ? [new V1NetworkPolicyIngressRule { Ports = [new V1NetworkPolicyPort { Port = MetricsPort, Protocol = "TCP" }] }]
            : []);

    /// <summary>One port is not enough for several workers.</summary>
    private bool HasMetrics => shape.Gpu is null or { Count: 1 };

    /// <summary>Who was taken away has not failed; who was turned away would be again.</summary>
    private static V1PodFailurePolicy FailurePolicy => new()
    {
        Rules =
        [
            new V1PodFailurePolicyRule
            {
                Action = "Ignore",
                OnPodConditions =
                [
                    new V1PodFailurePolicyOnPodConditionsPattern { Type = "DisruptionTarget", Status = "True" },
                ],
            },
            OnExit("Ignore", Terminated),
            OnExit("FailIndex", ExitCode.Usage, ExitCode.NoCoordinator, ExitCode.TurnedAway),
        ],
    };

    private V1PodSpec Pod => new()
    {
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        RestartPolicy = "Never",
        TerminationGracePeriodSeconds = SecondsToEnd,
        SecurityContext = Pods.Security,
        NodeSelector = shape.NodeSelector.Count > 0 ? shape.NodeSelector.ToDictionary() : null,
        Tolerations = Pods.Tolerations(shape.Gpu),
        Containers = [Worker],
        Volumes = [Pods.Empty("cache"), Pods.Empty("tmp"), Pods.Secret("secrets", labels.Join)],
    };

    private V1Container Worker => new()
    {
        Name = Container,
        Image = shape.Image,
        Command = ["worker"],
        Args = [.. Arguments()],
        Env = [Pods.Variable("HOME", "/cache"), Pods.Variable("TMPDIR", "/tmp")],
        Ports = HasMetrics ? [new V1ContainerPort { Name = "metrics", ContainerPort = MetricsPort }] : null,
        Resources = Resources,
        SecurityContext = Pods.ContainerSecurity,
        StartupProbe = HasMetrics ? Pods.Probe("metrics", "HTTP", period: 5, failures: 120) : null,
        ReadinessProbe = HasMetrics ? Pods.Probe("metrics", "HTTP", period: 30, failures: 2) : null,
        LivenessProbe = HasMetrics ? Pods.Probe("metrics", "HTTP", period: 30, failures: 10) : null,
        TerminationMessagePolicy = "FallbackToLogsOnError",
        VolumeMounts =
        [
            Pods.Mount("cache", "/cache"), Pods.Mount("tmp", "/tmp"), Pods.Mount("secrets", Secrets, isReadOnly: true),
        ],
    };

    private V1ResourceRequirements Resources
    {
        get
        {
            var requests = new Dictionary<string, ResourceQuantity>
            {
                ["cpu"] = new(shape.Cpu.ToString(CultureInfo.InvariantCulture)),
                ["memory"] = new(shape.Memory),
                ["ephemeral-storage"] = new("10Gi"),
            };
            var limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new(shape.Memory) };
            if (shape.Gpu is { } gpu)
                limits[gpu.Name] = requests[gpu.Name] = new(gpu.Count.ToString(CultureInfo.InvariantCulture));
            return new V1ResourceRequirements { Requests = requests, Limits = limits };
        }
    }

    private IEnumerable<string> Arguments()
    {
        yield return shape.Gpu switch
        {
            null => "--device=cpu",
            { Count: 1 } => "--gpu=0",
            _ => "--gpu=all",
        };
        var threads = Math.Max(1, shape.Cpu / (shape.Gpu?.Count ?? 1));
        yield return string.Create(CultureInfo.InvariantCulture, $"--threads={threads}");
        yield return $"--coordinator={coordinator}";
        if (!isOpen)
            yield return $"--join=@{Secrets}/{Join}";
        yield return "--cache=/cache";
        yield return string.Create(CultureInfo.InvariantCulture, $"--signal-exit-code={Terminated}");
        if (!HasMetrics)
            yield break;
        yield return string.Create(CultureInfo.InvariantCulture, $"--metrics=0.0.0.0:{MetricsPort}");
        yield return $"--metrics-token=@{Secrets}/{MetricsToken}";
    }

    private static V1PodFailurePolicyRule OnExit(string action, params int[] codes) => new()
    {
        Action = action,
        OnExitCodes = new V1PodFailurePolicyOnExitCodesRequirement
        {
            ContainerName = Container,
            OperatorProperty = "In",
            Values = codes,
        },
    };
}

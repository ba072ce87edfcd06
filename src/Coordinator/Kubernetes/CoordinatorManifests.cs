using System.Text;
using k8s;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>A coordinator in the cluster: one pod on a volume, found by its Service under one name and key.</summary>
/// <param name="labels">Of the run.</param>
/// <param name="image">Container with the programs.</param>
/// <param name="options">Of <c>coordinator run</c>.</param>
/// <param name="storage">Size of the volume.</param>
internal sealed class CoordinatorManifests(Labels labels, string image, IReadOnlyList<string> options, string storage)
{
    public const string Container = "coordinator";

    private const int WorkersPort = 5090;
    private const int PagePort = 5091;
    private const string Given = "/etc/fineweb-access";
    private const string Access = "/data/access";
    private const string HubToken = "token";

    /// <summary>
    /// Takes over the key and the token that are given, once: what the coordinator then writes there is its own.
    /// </summary>
    private const string TakeAccess =
        $"cmp -s {Given}/key.pem {Access}/key.pem || " +
        $"{{ mkdir -p {Access} && cp {Given}/* {Access}/ && chmod 700 {Access} && chmod 600 {Access}/*; }}";

    /// <summary>Where workers of this cluster reach it.</summary>
    public string Address => $"https://{labels.Head}:{WorkersPort}";

    /// <summary>All but the Secrets.</summary>
    /// <param name="hasAccess">Whether there is a Secret of keys; else the coordinator makes its own.</param>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects(bool hasAccess) =>
        [NetworkPolicy, Service, Budget, StatefulSet(hasAccess)];

    public V1Secret AccessSecret(AccessBundle access) =>
        Pods.SecretOf(labels.Meta(labels.Access, Labels.Coordinator), access.Files);

    public V1Secret HubSecret(string token) => Pods.SecretOf(
        labels.Meta(labels.Hub, Labels.Coordinator),
        new Dictionary<string, byte[]> { [HubToken] = Encoding.ASCII.GetBytes(token) });

    /// <summary>The page is for who may forward ports, and for the probes.</summary>
    private V1NetworkPolicy NetworkPolicy => Pods.Policy(
        labels, labels.Head, Labels.Coordinator,
        new V1NetworkPolicyIngressRule
        {
            FromProperty = [new V1NetworkPolicyPeer { PodSelector = labels.Selector(Labels.Worker) }],
            Ports = [new V1NetworkPolicyPort { Port = WorkersPort, Protocol = "TCP" }],
        });

    private V1Service Service => new()
    {
        ApiVersion = "v1",
        Kind = V1Service.KubeKind,
        Metadata = labels.Meta(labels.Head, Labels.Coordinator),
        Spec = new V1ServiceSpec
        {
            Selector = labels.Selector(Labels.Coordinator).MatchLabels,
            Ports =
            [
                new V1ServicePort { Name = "workers", Port = WorkersPort, TargetPort = "workers", Protocol = "TCP" },
            ],
        },
    };

    /// <summary>Nobody moves it but on purpose. Workers need none: they are told, hand in their work and are replaced.</summary>
    private V1PodDisruptionBudget Budget => new()
    {
        ApiVersion = "policy/v1",
        Kind = V1PodDisruptionBudget.KubeKind,
        Metadata = labels.Meta(labels.Head, Labels.Coordinator),
        Spec = new V1PodDisruptionBudgetSpec { MinAvailable = 1, Selector = labels.Selector(Labels.Coordinator) },
    };

    private V1StatefulSet StatefulSet(bool hasAccess) => new()
    {
        ApiVersion = "apps/v1",
        Kind = V1StatefulSet.KubeKind,
        Metadata = labels.Meta(labels.Head, Labels.Coordinator),
        Spec = new V1StatefulSetSpec
        {
            Replicas = 1,
            ServiceName = labels.Head,
            Selector = labels.Selector(Labels.Coordinator),
            Template = new V1PodTemplateSpec
            {
                Metadata = new V1ObjectMeta { Labels = labels.Of(Labels.Coordinator) },
                Spec = Pod(hasAccess),
            },
            VolumeClaimTemplates =
            [
                new V1PersistentVolumeClaim
                {
                    Metadata = new V1ObjectMeta { Name = "data" },
                    Spec = new V1PersistentVolumeClaimSpec
                    {
                        AccessModes = ["ReadWriteOnce"],
                        Resources = new V1VolumeResourceRequirements
                        {
                            Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(storage) },
                        },
                    },
                },
            ],
        },
    };

    private V1PodSpec Pod(bool hasAccess) => new()
    {
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        TerminationGracePeriodSeconds = 120,
        SecurityContext = Pods.Security,
        InitContainers = hasAccess ? [TakesAccess] : null,
        Containers = [Coordinator],
        Volumes = hasAccess ? [Pods.Empty("tmp"), Pods.Secret("access", labels.Access)] : [Pods.Empty("tmp")],
    };

    private V1Container TakesAccess => new()
    {
        Name = "access",
        Image = image,
        Command = ["/bin/sh", "-c", TakeAccess],
        Resources = Requests("100m", "64Mi"),
        SecurityContext = Pods.ContainerSecurity,
        VolumeMounts = [Pods.Mount("data", "/data"), Pods.Mount("access", Given, isReadOnly: true)],
    };

    private V1Container Coordinator => new()
    {
        Name = Container,
        Image = image,
        Command = ["coordinator"],
        Args =
        [
            "run", .. options, "--run=/data/run", $"--access={Access}", $"--listen=0.0.0.0:{WorkersPort}",
            $"--web=0.0.0.0:{PagePort}",
        ],
        WorkingDir = "/data",
        Env =
        [
            Pods.Variable("HOME", "/data"), Pods.Variable("TMPDIR", "/tmp"),
            new V1EnvVar
            {
                Name = "HF_TOKEN",
                ValueFrom = new V1EnvVarSource
                {
                    SecretKeyRef = new V1SecretKeySelector { Name = labels.Hub, Key = HubToken, Optional = true },
                },
            },
        ],
        EnvFrom =
        [
            new V1EnvFromSource { ConfigMapRef = new V1ConfigMapEnvSource { Name = labels.Variables, Optional = true } },
        ],
        Ports =
        [
            new V1ContainerPort { Name = "workers", ContainerPort = WorkersPort },
            new V1ContainerPort { Name = "page", ContainerPort = PagePort },
        ],
        Resources = Requests("1", "4Gi"),
        SecurityContext = Pods.ContainerSecurity,
        // Inputs are listed and their columns compared before anything is served.
        StartupProbe = Pods.Probe("page", "HTTPS", period: 10, failures: 360),
        ReadinessProbe = Pods.Probe("page", "HTTPS", period: 10, failures: 3),
        LivenessProbe = Pods.Probe("page", "HTTPS", period: 30, failures: 10),
        TerminationMessagePolicy = "FallbackToLogsOnError",
        VolumeMounts = [Pods.Mount("data", "/data"), Pods.Mount("tmp", "/tmp")],
    };

    private static V1ResourceRequirements Requests(string cpu, string memory) => new()
    {
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu), ["memory"] = new(memory) },
        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new(memory) },
    };
}

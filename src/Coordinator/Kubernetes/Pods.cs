using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>What pods of both programs have in common: no rights that they do not need, and files where they may write.</summary>
internal static class Pods
{
    /// <summary>Nobody's in particular; files of volumes are this group's.</summary>
    private const long User = 10001;

    /// <summary>Readable for the group alone.</summary>
    public const int SecretMode = 0x120;

    /// <summary>How long a lost node's pods are waited for.</summary>
    private const long SecondsToReturn = 60;

    /// <summary>As the profile "restricted" of Kubernetes' own pod security wants it.</summary>
    public static V1PodSecurityContext Security => new()
    {
        RunAsNonRoot = true,
        RunAsUser = User,
        RunAsGroup = User,
        FsGroup = User,
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    public static V1SecurityContext ContainerSecurity => new()
    {
        AllowPrivilegeEscalation = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new V1Capabilities { Drop = ["ALL"] },
    };

    /// <summary>Spot machines of the large clouds, and those that have GPUs; a lost machine's pods are replaced soon.</summary>
    public static IList<V1Toleration> Tolerations(GpuResource? gpu) =>
    [
        .. gpu is null ? [] : new[] { Tolerate(gpu.Name) },
        Tolerate("cloud.google.com/gke-spot"),
        Tolerate("kubernetes.azure.com/scalesetpriority"),
        Tolerate("eks.amazonaws.com/capacityType"),
        .. ((string[])["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]).Select(key => new V1Toleration
        {
            Key = key,
            OperatorProperty = "Exists",
            Effect = "NoExecute",
            TolerationSeconds = SecondsToReturn,
        }),
    ];

    public static V1Volume Empty(string name) => new() { Name = name, EmptyDir = new V1EmptyDirVolumeSource() };

    public static V1Volume Secret(string name, string secret) => new()
    {
        Name = name,
        Secret = new V1SecretVolumeSource { SecretName = secret, DefaultMode = SecretMode },
    };

    public static V1VolumeMount Mount(string volume, string path, bool isReadOnly = false) => new()
    {
        Name = volume,
        MountPath = path,
        ReadOnlyProperty = isReadOnly ? true : null,
    };

    public static V1EnvVar Variable(string name, string value) => new() { Name = name, Value = value };

    public static V1Probe Probe(string port, string scheme, int period, int failures) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = "/healthz", Port = port, Scheme = scheme },
        PeriodSeconds = period,
        FailureThreshold = failures,
        TimeoutSeconds = 10,
    };

    /// <summary>Lets nobody in but to these ports; what pods themselves open is not restricted.</summary>
    /// <param name="labels">Of the run.</param>
    /// <param name="name">Of the policy.</param>
    /// <param name="component">Whose pods these are.</param>
    public static V1NetworkPolicy Policy(
        Labels labels, string name, string component, params V1NetworkPolicyIngressRule[] allowed) => new()
        {
            ApiVersion = "networking.k8s.io/v1",
            Kind = V1NetworkPolicy.KubeKind,
            Metadata = labels.Meta(name, component),
            Spec = new V1NetworkPolicySpec
            {
                PodSelector = labels.Selector(component),
                PolicyTypes = ["Ingress"],
                Ingress = allowed,
            },
        };

    public static V1Secret SecretOf(V1ObjectMeta meta, IDictionary<string, byte[]> files) => new()
    {
        ApiVersion = "v1",
        Kind = V1Secret.KubeKind,
        Metadata = meta,
        Type = "Opaque",
        Data = files,
    };

    private static V1Toleration Tolerate(string key) => new() { Key = key, OperatorProperty = "Exists" };
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Kubernetes;
using FineWebTorch.Coordinator.Options;
using k8s;
using k8s.Models;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>What is applied to a cluster, field by field.</summary>
public sealed class ManifestTests
{
    private static readonly Labels Labels = new("edu", "space");

    [Theory]
    [InlineData("nvidia.com/gpu", 1)]
    [InlineData("nvidia.com/gpu", 8)]
    [InlineData("amd.com/gpu", 1)]
    [InlineData(null, 0)]
    public void Objects_HaveTheFieldsThatKubernetesKnows(string? resource, int count)
    {
        var shape = new PodShape
        {
            Gpu = resource is null ? null : new GpuResource(resource, count),
            NodeSelector = [new("cloud.google.com/gke-spot", "true")],
        };
        var workers = new WorkerManifests(Labels, shape, "https://head:5090", isOpen: false);
        var head = new CoordinatorManifests(Labels, "fineweb-torch:1", ["--files=250"], "20Gi");
        Assert.All(
            [
                workers.Secret("fwj1_x"), .. workers.Objects(100), head.HubSecret("hf_x"),
                .. head.Objects(hasAccess: true), .. head.Objects(hasAccess: false),
            ],
            one =>
            {
                var node = JsonNode.Parse(KubernetesJson.Serialize(one))!;
                Assert.Empty(ObjectSchema.FaultsOf(node));
                Assert.Empty(ObjectRules.FaultsOf(node));
            });
    }

    [Fact]
    public void Worker_IsToldOfItsTokenByAFileAndEndsOtherwiseWhenItIsTakenAway()
    {
        var pod = Job(new PodShape()).Spec.Template.Spec;
        var worker = Assert.Single(pod.Containers);
        Assert.Equal(
            "--gpu=0 --threads=2 --coordinator=https://head:5090 --join=@/etc/fineweb/join --cache=/cache " +
            "--signal-exit-code=143 --metrics=0.0.0.0:5092 --metrics-token=@/etc/fineweb/metrics", string.Join(' ', worker.Args));
        Assert.Equal(60, pod.TerminationGracePeriodSeconds);
        Assert.Equal("1", worker.Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Contains(pod.Tolerations, toleration => toleration.Key == "nvidia.com/gpu");
        Assert.Equal(0x120, Assert.Single(pod.Volumes, volume => volume.Secret is not null).Secret.DefaultMode);
    }

    [Fact]
    public void Job_CountsNoPodThatWasTakenAway_AndGivesUpThoseThatAreTurnedAway()
    {
        var rules = Job(new PodShape()).Spec.PodFailurePolicy.Rules;
        Assert.Equal(
            ["Ignore DisruptionTarget ", "Ignore  143", "FailIndex  2,4,5"],
            rules.Select(rule => $"{rule.Action} {rule.OnPodConditions?[0].Type} {string.Join(',', rule.OnExitCodes?.Values ?? [])}"));
    }

    [Theory]
    [InlineData(8, 16, "--gpu=all --threads=2")]
    [InlineData(0, 16, "--device=cpu --threads=16")]
    public void Worker_OfManyGpusOrNone_IsStartedOtherwise(int gpus, int cpus, string arguments)
    {
        var shape = new PodShape { Gpu = gpus > 0 ? new GpuResource("nvidia.com/gpu", gpus) : null, Cpu = cpus };
        var worker = Job(shape).Spec.Template.Spec.Containers[0];
        Assert.StartsWith(arguments, string.Join(' ', worker.Args), StringComparison.Ordinal);
        // Several workers do not share a port.
        Assert.Equal(gpus > 1, worker.LivenessProbe is null);
    }

    /// <summary>The rules of Kubernetes' own profile "restricted".</summary>
    [Fact]
    public void Pods_HaveNoRightsThatTheyDoNotNeed()
    {
        var head = new CoordinatorManifests(Labels, "fineweb-torch:1", [], "20Gi").Objects(hasAccess: true);
        V1PodSpec[] pods = [Job(new PodShape()).Spec.Template.Spec, head.OfType<V1StatefulSet>().Single().Spec.Template.Spec];
        Assert.All(pods, pod =>
        {
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.All(pod.Containers.Concat(pod.InitContainers ?? []), container =>
            {
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            });
        });
    }

    [Fact]
    public void Bundle_LetsWorkersInThatKnowItsToken()
    {
        var bundle = AccessBundle.Make(TimeProvider.System);
        Assert.Equal(["certificate.pem", "join", "key.pem", "tokens.json"], bundle.Files.Keys.Order(StringComparer.Ordinal));
        var token = JoinToken.Parse(bundle.Join);
        Assert.NotNull(token.Pin);
        Assert.Contains(token.Secret.Hash(), Encoding.UTF8.GetString(bundle.Files["tokens.json"]), StringComparison.Ordinal);
    }

    /// <summary>A coordinator that starts on it shows the same token and key, whatever its machine is called.</summary>
    [Fact]
    public void Bundle_IsTakenByACoordinatorAsItIs()
    {
        var bundle = AccessBundle.Make(TimeProvider.System);
        using var folder = new TemporaryFolder();
        foreach (var (name, content) in bundle.Files)
            PrivateFile.Write(folder["run", "access", name], content);
        var access = RunAccess.Of(
            new AccessOptions(), new IPEndPoint(IPAddress.Any, 0), folder["run"],
            TimeProvider.System, _ => { });
        Assert.Equal(bundle.Join, access.First!.Write().Reveal());
    }

    private static V1Job Job(PodShape shape) => new WorkerManifests(Labels, shape, "https://head:5090", isOpen: false).Job(100);
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Kubernetes;
using k8s;
using k8s.Models;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>The manifests in <c>deploy/kubernetes</c>, and what kubectl says of ours.</summary>
public sealed class KustomizeTests : IAsyncLifetime
{
    private const string Header = "# As 'coordinator workers kubernetes --dry-run' prints it; a test keeps it so.\n";

    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "deploy", "kubernetes");
    private static readonly Labels Labels = new("fineweb", null);
    private static readonly CoordinatorManifests Head = new(Labels, "fineweb-torch", [], "20Gi");
    private static readonly WorkerManifests Workers =
        new(Labels, new PodShape { Image = "fineweb-torch" }, Head.Address, isOpen: false);

    private FakeApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Where they differ, what is to stand there is beside them with .new at its name.</summary>
    [Theory]
    [InlineData("coordinator.yaml")]
    [InlineData("workers.yaml")]
    public async Task Base_IsWhatTheCommandPrints(string name)
    {
        var objects = name == "workers.yaml" ? Workers.Objects(4) : Head.Objects(hasAccess: false);
        var text = Header + KubernetesYaml.SerializeAll(objects);
        var path = Path.Combine(Folder, name);
        var isSame = File.Exists(path) && await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) == text;
        if (!isSame)
            await File.WriteAllTextAsync(
                Path.Combine(TestData.RepositoryRoot, "artifacts", name + ".new"), text, TestContext.Current.CancellationToken);
        Assert.True(isSame, $"artifacts/{name}.new is what is to stand in {path}");
    }

    [Fact]
    public async Task Base_ThatKubectlPutsTogether_HasTheFieldsThatKubernetesKnows()
    {
        var text = await Executables.OutputOfAsync(new ProcessStartInfo(Kubectl, ["kustomize", Folder]));
        var objects = KubernetesYaml.LoadAllFromString(text, strict: true);
        Assert.Equal(7, objects.Count);
        Assert.All(objects, one =>
        {
            var node = JsonNode.Parse(KubernetesJson.Serialize(one))!;
            Assert.Empty(ObjectSchema.FaultsOf(node));
            Assert.Empty(ObjectRules.FaultsOf(node));
        });
        var options = Assert.Single(objects.OfType<V1ConfigMap>());
        Assert.Equal(options.Metadata.Name, Assert.Single(
            objects.OfType<V1StatefulSet>().Single().Spec.Template.Spec.Containers[0].EnvFrom).ConfigMapRef.Name);
        Assert.Equal("fineweb-torch:0.1.0", objects.OfType<V1Job>().Single().Spec.Template.Spec.Containers[0].Image);
    }

    [Fact]
    public async Task Kubectl_ReadsAllThatIsPrinted()
    {
        var access = AccessBundle.Make(TimeProvider.System);
        var text = KubernetesYaml.SerializeAll(
            [Head.AccessSecret(access), Workers.Secret(access.Join), .. Head.Objects(hasAccess: true), .. Workers.Objects(100)]);
        var said = await Executables.OutputOfAsync(
            new ProcessStartInfo(
                Kubectl,
                [
                    "create", "--dry-run=client", "--validate=false", "--output=name", "--filename=-", "--namespace=edu",
                    $"--server={_server.Address}", "--kubeconfig=/dev/null", $"--cache-dir={Path.GetTempPath()}kubectl-none",
                ]),
            text);
        Assert.Equal(
            [
                "secret/fineweb-access", "secret/fineweb-join", "networkpolicy.networking.k8s.io/fineweb-coordinator",
                "service/fineweb-coordinator", "poddisruptionbudget.policy/fineweb-coordinator",
                "statefulset.apps/fineweb-coordinator", "networkpolicy.networking.k8s.io/fineweb-workers",
                "job.batch/fineweb-workers",
            ],
            said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(_server.Asked, asked => Assert.StartsWith("GET ", asked, StringComparison.Ordinal));
    }

    private static string Kubectl
    {
        get
        {
            var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);
            Assert.SkipUnless(found is not null, "needs the program 'kubectl', which is not installed");
            return found!;
        }
    }
}

using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class WorkerProgramTests
{
    [Theory]
    [InlineData("HF_TOKEN")]
    [InlineData("HUGGING_FACE_HUB_TOKEN")]
    [InlineData("HF_TOKEN_PATH")]
    public void LocalWorker_HasNoToken_HoweverTheCoordinatorHasIt(string variable)
    {
        using var folder = new TemporaryFolder();
        var home = Directory.CreateDirectory(folder["home"]).FullName;
        File.WriteAllText(Path.Combine(home, "token"), Secrets.Token);
        var environment = new Dictionary<string, string?>
        {
            ["HF_HOME"] = home,
            [variable] = variable == "HF_TOKEN_PATH" ? Path.Combine(home, "token") : Secrets.Token,
            ["PATH"] = "/bin",
        };
        HubToken? TokenOf() => new HubEnvironment(name => environment.GetValueOrDefault(name)).FindToken();
        Assert.NotNull(TokenOf());

        WorkerProgram.KeepForOneself(environment);

        Assert.Null(TokenOf());
        Assert.DoesNotContain(environment.Values, value => value == Secrets.Token);
        Assert.Equal("/bin", environment["PATH"]);
        File.Delete(Path.Combine(home, "token"));
    }

    [Fact]
    public void Find_AToolOfDotnet_LooksAmongTheCommandsInstalledWithIt()
    {
        var program = Path.Combine("/home/me/.dotnet/tools/.store/fineweb", "0.1.0", "tools", "any");
        var candidates = WorkerProgram.Candidates("worker", program).Select(Path.GetFullPath).ToList();
        Assert.Equal(Path.GetFullPath(Path.Combine(program, "worker")), candidates[0]);
        Assert.Contains(Path.GetFullPath("/home/me/.dotnet/tools/fineweb-worker"), candidates);
        Assert.Single(candidates, path => path.Contains("fineweb-worker", StringComparison.Ordinal));
    }
}

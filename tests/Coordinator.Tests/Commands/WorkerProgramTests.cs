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
}

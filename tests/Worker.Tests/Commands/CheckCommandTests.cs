using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary><c>worker check</c> as somebody runs it on a new machine.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("fineweb-check-").FullName;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task Machine_ThatReachesItsCoordinator_IsReady()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();

        var (exitCode, checks) = await CheckAsync("--coordinator", coordinator.Address.ToString(), "--seconds", "1");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Equal("good", checks["coordinator"].Verdict);
        Assert.Equal("as the coordinator's", checks["clock"].Text);
        Assert.Equal("skipped", checks["hub"].Verdict);
        Assert.Equal("good", checks["scores"].Verdict);
        Assert.Contains("documents of 400 tokens a second in fp32", checks["rate"].Text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_cache, "temporary")));
    }

    [Fact]
    public async Task Coordinator_ThatIsNotThere_IsAFault()
    {
        var (exitCode, checks) = await CheckAsync("--coordinator", "http://127.0.0.1:1/", "--seconds", "0");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Equal("bad", checks["coordinator"].Verdict);
        Assert.StartsWith("http://127.0.0.1:1/: ", checks["coordinator"].Text, StringComparison.Ordinal);
        Assert.Equal("skipped", checks["rate"].Verdict);
        Assert.Equal("skipped", checks["clock"].Verdict);
    }

    [Fact]
    public async Task Model_ThatIsDamaged_IsAFaultOfItsOwn()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_cache, "model")).FullName;
        foreach (var file in Directory.EnumerateFiles(WorkerProcess.EduTiny))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "config.json"), "{");

        // Whatever coordinator this user has running, or has joined before, is none of this test's.
        var result = await WorkerProcess.RunAsync(
            ["check", "--device", "cpu", "--model", folder, "--cache", _cache, "--seconds", "0"],
            environment: new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _cache, ["XDG_CONFIG_HOME"] = _cache });

        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Contains("FAULT   scores", result.Output, StringComparison.Ordinal);
        Assert.Contains("-       coordinator ", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("not ready: 1 fault\n", result.Output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, Dictionary<string, (string Verdict, string Text)> Checks)> CheckAsync(
        params string[] arguments)
    {
        var result = await WorkerProcess.RunAsync(
            ["check", "--json", "--device", "cpu", "--model", WorkerProcess.EduTiny, "--cache", _cache, .. arguments]);
        using var json = JsonDocument.Parse(result.Output);
        return (result.ExitCode, json.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!,
            check => (check.GetProperty("verdict").GetString()!, check.GetProperty("text").GetString()!)));
    }
}

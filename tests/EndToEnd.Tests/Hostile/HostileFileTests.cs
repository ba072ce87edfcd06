namespace FineWebTorch.EndToEnd.Tests.Hostile;

/// <summary>
/// Whole programs on files that strangers have made to hurt: one clear line, the right exit code, and no more than a
/// gigabyte of memory and a minute of processor time, which the system holds them to, native libraries included.
/// </summary>
public sealed class HostileFileTests : IDisposable
{
    /// <summary>Bytes of private memory that can be written to; what goes well takes less than 400 MB.</summary>
    private const long Memory = 1_000_000_000;

    private const int ProcessorSeconds = 60;

    /// <summary>What the program takes for the machine's memory, a quarter of which a page may have.</summary>
    private static readonly Dictionary<string, string?> SmallMachine = new() { ["DOTNET_GCHeapHardLimit"] = "0x28000000" };

    private readonly RunFolder _folder = new(copies: 0);

    public HostileFileTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs limits of memory, pipes and /dev/zero");
        Directory.CreateDirectory(_folder.Input);
    }

    public static TheoryData<string> ParquetFiles => [.. HostileParquet.All.Keys];

    public static TheoryData<string> Models => [.. HostileModels.All.Keys];

    private static string[] Bounded =>
        [Executables.Require("prlimit"), $"--data={Memory}", $"--cpu={ProcessorSeconds}"];

    private static string Good => Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00001.parquet");

    public void Dispose()
    {
        // Nobody is to look for secrets in what has no end.
        Directory.Delete(_folder.Input, recursive: true);
        _folder.Dispose();
    }

    /// <summary>So that the others fail for what they are.</summary>
    [Fact]
    public async Task Score_GoodFile_StaysWithinTheLimits()
    {
        var (exit, errors) = await ScoreAsync(Good, TestData.EduTiny);

        Assert.True(exit == 0, errors);
    }

    [Theory]
    [MemberData(nameof(ParquetFiles))]
    public async Task Score_ParquetFile_EndsWithOneLine(string name)
    {
        var path = Path.Combine(_folder.Input, $"{name}.parquet");
        HostileParquet.All[name].Make(path);

        var (exit, errors) = await ScoreAsync(path, TestData.EduTiny);

        Assert.Equal(1, exit);
        DemandOneLine(errors, "worker", path, HostileParquet.All[name].Said);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Score_Model_EndsWithOneLine(string name)
    {
        using var model = TemporaryFolder.CopyOf(TestData.EduTiny);
        HostileModels.All[name].Change(model);

        var (exit, errors) = await ScoreAsync(Good, model.Path);

        Assert.Equal(1, exit);
        DemandOneLine(errors, "worker", model.Path, HostileModels.All[name].Said);
        Assert.False(File.Exists(Path.Combine(TestData.RepositoryRoot, "pickled")));
    }

    [Theory]
    [InlineData("header-100-mb")]
    [InlineData("deep-config")]
    [InlineData("pickle")]
    [InlineData("weights-are-a-device")]
    public async Task Run_Model_EndsWithOneLine(string name)
    {
        using var model = TemporaryFolder.CopyOf(TestData.EduTiny);
        HostileModels.All[name].Change(model);
        File.Copy(Good, Path.Combine(_folder.Input, "good.parquet"));

        var (exit, _, errors) = await RunAsync(model.Path);

        Assert.Equal(1, exit);
        DemandOneLine(errors, "coordinator", model.Path, HostileModels.All[name].Said);
    }

    [Fact]
    public async Task Run_HostileFilesAmongGoodOnes_ScoresTheGoodOnes()
    {
        File.Copy(Good, Path.Combine(_folder.Input, "good-1.parquet"));
        foreach (var (name, (make, _)) in HostileParquet.All)
            make(Path.Combine(_folder.Input, $"{name}.parquet"));
        File.Copy(Good, Path.Combine(_folder.Input, "zz-good-2.parquet"));

        var (exit, output, errors) = await RunAsync(TestData.EduTiny, "--layout", "mirror");

        Assert.True(exit == 3, $"exit code {exit}\n{output}\n{errors}");
        foreach (var (name, (_, said)) in HostileParquet.All)
        {
            Assert.Contains(
                (output + errors).Split('\n'), line => line.Contains($"{name}.parquet", StringComparison.Ordinal) &&
                    line.Contains(said, StringComparison.Ordinal));
        }

        DemandNoStack(output + errors);
        var shards = Directory.GetFiles(_folder.Output("hostile"), "*.parquet", SearchOption.AllDirectories);
        Assert.Equal(["good-1.parquet", "zz-good-2.parquet"], shards.Select(Path.GetFileName).Order());
        var summary = _folder.Summary("hostile");
        Assert.Equal(2, summary.GetProperty("files_done").GetInt32());
        Assert.Equal(HostileParquet.All.Count, summary.GetProperty("files_failed").GetArrayLength());
    }

    private async Task<(int Exit, string Errors)> ScoreAsync(string input, string model)
    {
        await using var worker = ProgramProcess.StartThrough(
            Bounded, SmallMachine, "worker", "score", input, "--model", model, "--device", "cpu",
            "--threads", "1", "--format", "jsonl", "--output", Path.Combine(_folder.Root, "scores.jsonl"));
        var exit = await worker.ExitAsync();
        return (exit, worker.Errors);
    }

    private async Task<(int Exit, string Output, string Errors)> RunAsync(string model, params string[] more)
    {
        await using var coordinator = ProgramProcess.StartThrough(
            Bounded, SmallMachine, "coordinator",
            [
                "run", "--input", _folder.Input, "--output", _folder.Output("hostile"), "--run", _folder.Run("hostile"),
                "--model", model, "--listen", "127.0.0.1:0", "--local-workers", "1", "--keep", "all", .. more,
            ]);
        var exit = await coordinator.ExitAsync();
        return (exit, coordinator.Output, coordinator.Errors);
    }

    private static void DemandOneLine(string errors, string program, string names, string said)
    {
        var line = Assert.Single(errors.Split('\n'), line => line.StartsWith($"{program}: ", StringComparison.Ordinal));
        // All of it, where it is another.
        Assert.True(
            line.Contains(names, StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal), line);
        DemandNoStack(errors);
    }

    private static void DemandNoStack(string errors) =>
        Assert.DoesNotContain(errors.Split('\n'), line => line.TrimStart().StartsWith("at ", StringComparison.Ordinal));
}

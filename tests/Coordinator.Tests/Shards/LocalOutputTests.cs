using System.Security.Cryptography;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.Commands;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Shards;

public sealed class LocalOutputTests : IDisposable
{
    private readonly SampleRun _sample = new();

    private CommandLine First => _sample.Arguments.With("--window-rows", "4");

    /// <summary>Another run with the same output and fewer files.</summary>
    private CommandLine Second => First.With("--run", _sample["second"], "--files", "2", "--keep", "all");

    private CommandLine Overwriting => Second.With("--overwrite", "true");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Prepare_ShardsOfAnotherRunUnderOtherNames_IsRefusedNamingThatRun()
    {
        await ScoredRun.CompleteAsync(_sample, First);
        var before = Files();

        var refusal = await RefusalAsync(Second);

        Assert.Contains(
            $"4 shards are there already and not of this run but of the one in {_sample["run"]}; --overwrite", refusal,
            StringComparison.Ordinal);
        Assert.Equal(before, Files());
        Assert.False(Directory.Exists(_sample["second"]));
    }

    [Fact]
    public async Task Prepare_AnotherRunWritesToTheOutput_IsRefused()
    {
        using var first = await _sample.PrepareAsync(First);

        Assert.StartsWith(
            $"--output {_sample["out"]}: another coordinator (process {Environment.ProcessId}) writes there",
            await RefusalAsync(Overwriting), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overwrite_EarlierShards_StayUntilAllNewOnesAreComplete()
    {
        await ScoredRun.CompleteAsync(_sample, First);
        var before = Files();

        await ScoredRun.CompleteAsync(_sample, Overwriting);
        Assert.Equal(before, Files());

        Assert.Equal(ExitCode.Success, await EndAsync(Overwriting));
        Assert.Equal(
            ["README.md", "data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
                "manifests/data/train-00000-of-00002.parquet.json", "manifests/data/train-00001-of-00002.parquet.json",
                "report.html"],
            Files().Select(file => file.Name));
        Assert.False(Directory.Exists(_sample["out", ".fineweb", "held"]));
        Assert.Equal(ExitCode.Success, await EndAsync(Second));
    }

    [Fact]
    public async Task Overwrite_InterruptedWhileShardsChangePlaces_GoesOn()
    {
        await ScoredRun.CompleteAsync(_sample, First.With("--files", "2"));
        await ScoredRun.CompleteAsync(_sample, Overwriting);
        using (var run = await _sample.PrepareAsync(Overwriting))
            File.Move(
                Path.Combine(run.Places.Held!, "data", "train-00000-of-00002.parquet"),
                _sample["out", "data", "train-00000-of-00002.parquet"], overwrite: true);

        Assert.Equal(ExitCode.Success, await EndAsync(Overwriting));

        Assert.Equal(6, Files().Count);
        using var again = await _sample.PrepareAsync(Second);
        Assert.Equal(again.Core.Files.Count, again.Core.Files.CountOf(FileStage.Done));
        Assert.Empty(_sample.Warnings);
    }

    [Fact]
    public async Task Overwrite_FilesHaveFailed_KeepsTheEarlierShards()
    {
        await ScoredRun.CompleteAsync(_sample, First);
        var before = Files();
        await File.WriteAllTextAsync(_sample["in", "000_00001.parquet"], "no parquet");
        await ScoredRun.CompleteAsync(_sample, Overwriting);

        var recorder = new Recorder();
        Assert.Equal(ExitCode.FilesFailed, await EndAsync(Overwriting, recorder));
        Assert.Equal(before, Files());
        Assert.StartsWith("1 of 2 files failed: the earlier shards in", recorder.Summary!.NotPublished,
            StringComparison.Ordinal);

        Assert.Equal(ExitCode.FilesFailed, await EndAsync(Overwriting.With("--allow-missing", "true")));
        Assert.Equal(4, Files().Count);
    }

    [Fact]
    public async Task Prepare_EarlierRunAgainAfterItsShardsWereReplaced_IsRefused()
    {
        await ScoredRun.CompleteAsync(_sample, First.With("--files", "2"));
        await ScoredRun.CompleteAsync(_sample, Overwriting);
        await EndAsync(Overwriting);
        var after = Files();

        Assert.Contains(
            $"not of this run but of the one in {_sample["second"]}", await RefusalAsync(First.With("--files", "2")),
            StringComparison.Ordinal);
        Assert.Equal(after, Files());
    }

    [Fact]
    public async Task Prepare_ShardsDamagedOrDeleted_AreToBeBuiltAgain()
    {
        await ScoredRun.CompleteAsync(_sample, First);
        await EndAsync(First);
        string[] paths = [.. Enumerable.Range(0, 4).Select(index => Shard(index, of: 4))];
        File.Delete(paths[0]);
        var bytes = await File.ReadAllBytesAsync(paths[1]);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(paths[1], bytes);
        await File.WriteAllBytesAsync(paths[2], bytes[..^1]);
        var manifest = _sample["out", "manifests", "data", "train-00003-of-00004.parquet.json"];
        var content = await File.ReadAllTextAsync(manifest);
        File.Delete(manifest);

        using var run = await _sample.PrepareAsync(First);

        Assert.Equal(
            [FileStage.Scored, FileStage.Scored, FileStage.Scored, FileStage.Done],
            Enumerable.Range(0, 4).Select(run.Core.Files.StageOf));
        Assert.Equal(3, _sample.Warnings.Count);
        Assert.Equal($"{paths[0]}: the shard is not there; it is built again from the scores", _sample.Warnings[0]);
        Assert.Contains("the shard's sha256 is not that of the ledger", _sample.Warnings[1], StringComparison.Ordinal);
        Assert.Contains("bytes instead of", _sample.Warnings[2], StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(manifest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepare_ShardWouldBeAnInput_IsRefusedEvenToOverwrite(bool throughALink)
    {
        var output = _sample["in"];
        if (throughALink)
            Directory.CreateSymbolicLink(output = _sample["link"], _sample["in"]);
        var before = Digest(_sample["in", "000_00000.parquet"]);

        var refusal = await RefusalAsync(
            First.With("--output", output, "--layout", "mirror", "--overwrite", "true"));

        Assert.StartsWith(
            $"--output {output}: 000_00000.parquet there is the input {_sample["in", "000_00000.parquet"]}", refusal,
            StringComparison.Ordinal);
        Assert.Equal(before, Digest(_sample["in", "000_00000.parquet"]));
    }

    [Fact]
    public async Task Prepare_OutputIsTheFolderOfTheInputs_TakesThem()
    {
        using var run = await _sample.PrepareAsync(First.With("--output", _sample["in"]));

        Assert.Equal(4, run.Core.Files.Count);
    }

    private string Shard(int index, int of) => _sample["out", "data", $"train-{index:00000}-of-{of:00000}.parquet"];

    /// <summary>What readers see in the output.</summary>
    private List<(string Name, string Digest)> Files() =>
        [.. new FileSearch(_ => { }).Find(_sample["out"], FileSearch.Everything).Files
            .Select(file => (file.Name, Digest(file.Path)))];

    private static string Digest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>A session of a run in which nothing is left to do.</summary>
    private async Task<int> EndAsync(CommandLine arguments, Recorder? recorder = null)
    {
        using var run = await _sample.PrepareAsync(arguments);
        return await new RunSession(
            arguments.Parse(), run, recorder ?? new Recorder(), TimeProvider.System, workerProgram: null).RunAsync(CancellationToken.None);
    }

    private async Task<string> RefusalAsync(CommandLine arguments) =>
        (await Assert.ThrowsAsync<UserErrorException>(() => _sample.PrepareAsync(arguments))).Message;
}

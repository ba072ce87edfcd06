using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Preparation;

public sealed class RunPreparationTests : IDisposable
{
    private readonly SampleRun _folder = new();

    private CommandLine Arguments => _folder.Arguments;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_NewRun_WritesFilesWithTheirRowsAndShardNames()
    {
        using var run = await PrepareAsync(Arguments);

        Assert.False(run.IsResumed);
        Assert.Equal([40L, 40L, 40L, 40L], run.Core.Files.Held.Select(file => file.Record.Rows));
        Assert.Equal("data/train-00003-of-00004.parquet", run.Core.Files[3].Record.ShardName);
    }

    [Fact]
    public async Task Prepare_MirrorLayout_NamesShardsAsInputs()
    {
        using var run = await PrepareAsync(Arguments.With("--layout", "mirror"));

        Assert.Equal("000_00002.parquet", run.Core.Files[2].Record.ShardName);
    }

    [Fact]
    public async Task Prepare_FewerFilesThanAskedFor_Warns()
    {
        using var run = await PrepareAsync(Arguments.With("--files", "250"));

        Assert.Equal(["--files 250: there are only 4"], _folder.Warnings);
        Assert.Equal(4, run.Core.Files.Count);
    }

    [Fact]
    public async Task Prepare_FilesGiven_TakesTheFirst()
    {
        using var run = await PrepareAsync(Arguments.With("--files", "2"));

        Assert.Equal(["000_00000.parquet", "000_00001.parquet"], run.Core.Files.Held.Select(file => file.Record.Name));
    }

    [Fact]
    public async Task Prepare_DamagedFile_FailsItAndTriesAgainWhenItIsRepaired()
    {
        var path = _folder["in", "000_00001.parquet"];
        var good = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, good[..^100]);
        using (var run = await PrepareAsync(Arguments))
        {
            Assert.Equal(FileStage.Failed, run.Core.Files[1].Stage);
            Assert.Contains(path, run.Core.Files[1].Record.Failure, StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(path, good);
        using var again = await PrepareAsync(Arguments);

        Assert.True(again.IsResumed);
        Assert.Equal((FileStage.Scoring, 40L), (again.Core.Files[1].Stage, again.Core.Files[1].Record.Rows));
    }

    [Fact]
    public async Task Prepare_NoFileHasTheTextColumn_IsRefusedAndLeavesNothingBehind()
    {
        var refusal = await RefusalAsync(Arguments.With("--text-column", "body"));

        Assert.Contains("body", refusal, StringComparison.Ordinal);
        Assert.Contains("3 more files", refusal, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Prepare_SameCommandAgain_ResumesTheRun()
    {
        (await PrepareAsync(Arguments)).Dispose();

        using var run = await PrepareAsync(Arguments);

        Assert.True(run.IsResumed);
    }

    [Fact]
    public async Task Prepare_OtherOptions_IsRefusedNamingThem()
    {
        (await PrepareAsync(Arguments)).Dispose();

        var refusal = await RefusalAsync(Arguments.With("--keep", "all", "--window-rows", "8"));

        Assert.Contains("--keep int3 (now all), --window-rows 16384 (now 8)", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_OtherModel_IsRefusedNamingTheFile()
    {
        (await PrepareAsync(Arguments)).Dispose();
        await File.AppendAllTextAsync(_folder["model", "vocab.txt"], "another\n");

        var refusal = await RefusalAsync(Arguments);

        Assert.Contains("(vocab.txt differs)", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_InputOfAnotherSize_IsRefused()
    {
        (await PrepareAsync(Arguments)).Dispose();
        var path = _folder["in", "000_00002.parquet"];
        File.Copy(_folder["in", "000_00001.parquet"], path, overwrite: true);

        var refusal = await RefusalAsync(Arguments);

        Assert.StartsWith(
            $"{path}: the file has changed since the run was started: it had", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Prepare_InputTouched_IsJudgedByItsContent(bool same)
    {
        var path = _folder["in", "000_00002.parquet"];
        var content = await File.ReadAllBytesAsync(path);
        using (var run = await PrepareAsync(Arguments))
            run.Ledger.Commit([new LedgerChange.FileDigested(
                2, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)))]);
        content[content.Length / 2] ^= (byte)(same ? 0 : 1);
        await File.WriteAllBytesAsync(path, content);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        if (same)
            (await PrepareAsync(Arguments)).Dispose();
        else
            Assert.Contains("its sha256 was", await RefusalAsync(Arguments), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_OutputHoldsShardsOfAnotherRun_IsRefused()
    {
        var shard = _folder["out", "data", "train-00001-of-00004.parquet"];
        await File.WriteAllTextAsync(shard, "of another run");

        var refusal = await RefusalAsync(Arguments);

        Assert.StartsWith($"{shard}: this shard is there already", refusal, StringComparison.Ordinal);
        Assert.Equal("of another run", await File.ReadAllTextAsync(shard));
    }

    [Fact]
    public async Task Prepare_AnotherCoordinatorWorksOnIt_IsRefusedWithItsProcess()
    {
        using var run = await PrepareAsync(Arguments);

        var refusal = await RefusalAsync(Arguments);

        Assert.Contains($"(process {Environment.ProcessId})", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_LedgerWithoutARun_StartsOne()
    {
        Directory.CreateDirectory(_folder["run"]);
        SqliteLedger.Open(_folder["run", "ledger.sqlite"]).Dispose();

        using var run = await PrepareAsync(Arguments);

        Assert.Equal(4, run.Core.Files.Count);
    }

    private Task<PreparedRun> PrepareAsync(CommandLine arguments) => _folder.PrepareAsync(arguments);

    private async Task<string> RefusalAsync(CommandLine arguments) =>
        (await Assert.ThrowsAsync<UserErrorException>(() => PrepareAsync(arguments))).Message;
}

using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Preparation;

/// <summary>Inputs that come, go and change between two sessions of a run.</summary>
public sealed class ChangedInputTests : IDisposable
{
    private readonly SampleRun _folder = new();

    private CommandLine Arguments => _folder.Arguments.With("--window-rows", "4");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task UnfinishedInputIsGone_IsRefused()
    {
        await StartAsync();
        File.Delete(Input(3));
        File.Delete(Input(1));

        Assert.StartsWith(
            $"{Input(1)}: the file is no longer there (nor are 1 more as they were)", await RefusalAsync(Arguments),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/*.parquet")]
    public async Task InputsOfFinishedFilesAreGone_IsNoMatter(string input)
    {
        var arguments = Arguments.With("--input", Path.Combine(_folder["in", ".."], input));
        await ScoredRun.CompleteAsync(_folder, arguments);
        Directory.Delete(_folder["in"], recursive: true);

        using var run = await _folder.PrepareAsync(arguments);

        Assert.True(run.Core.IsOver);
    }

    [Fact]
    public async Task InputOfAFinishedFileIsAnotherOne_IsNoMatter()
    {
        await ScoredRun.CompleteAsync(_folder, Arguments);
        File.WriteAllText(Input(2), "something else");

        using var run = await _folder.PrepareAsync(Arguments);

        Assert.True(run.Core.IsOver);
    }

    [Fact]
    public async Task InputIsGoneWhoseShardIsDamaged_IsRefused()
    {
        await ScoredRun.CompleteAsync(_folder, Arguments);
        File.Delete(Input(2));
        File.Delete(_folder["out", "data", "train-00002-of-00004.parquet"]);

        Assert.Contains("is no longer there", await RefusalAsync(Arguments), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailedInputIsGone_StaysFailed()
    {
        await File.WriteAllTextAsync(Input(1), "no parquet");
        await StartAsync();
        File.Delete(Input(1));

        using var run = await _folder.PrepareAsync(Arguments);

        Assert.Equal(FileStage.Failed, run.Core.Files[1].Stage);
    }

    [Fact]
    public async Task SkippedFile_IsNotTriedAgainByItself()
    {
        using (var run = await _folder.PrepareAsync(Arguments))
            run.Ledger.Commit([new LedgerChange.FileFailed(1, FileRecord.Skipped)]);

        using var again = await _folder.PrepareAsync(Arguments);

        Assert.Equal(FileRecord.Skipped, again.Core.Files[1].Record.Failure);
    }

    [Fact]
    public async Task InputHasGrown_IsRefusedOrScoredAnewByChoice()
    {
        using (var run = await _folder.PrepareAsync(Arguments))
            run.Ledger.Commit([
                Scored(file: 2),
                new LedgerChange.LeaseGranted(new LeaseRecord(7, LeaseKind.Score, 2, new WindowRange(1, 10), "gone"))]);
        await File.WriteAllBytesAsync(Input(2), [.. await File.ReadAllBytesAsync(Input(2)), 0]);
        File.Copy(Input(1), Input(2), overwrite: true);

        Assert.StartsWith(
            $"{Input(2)}: the file has changed since the run was started: it had ", await RefusalAsync(Arguments),
            StringComparison.Ordinal);

        using var again = await _folder.PrepareAsync(Arguments.With("--on-changed-input", "rescore"));

        Assert.Equal((0L, new FileInfo(Input(1)).Length), (again.Core.Totals.Rows, again.Core.Files[2].Record.Size));
        Assert.Empty(again.Core.State.Leases);
        Assert.StartsWith($"{Input(2)}: the file has changed", Assert.Single(_folder.Warnings), StringComparison.Ordinal);
        Assert.EndsWith("it is scored anew", _folder.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewFile_IsRefusedWithTheWayToAddIt()
    {
        await StartAsync();
        File.Copy(Input(3), _folder["in", "new.parquet"]);

        Assert.Contains("is new since the run was started; --add adds", await RefusalAsync(Arguments),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_AppendsBehindAllOthers_AndRenamesNoShard()
    {
        await ScoredRun.CompleteAsync(_folder, Arguments);
        // Before the others by its name.
        File.Copy(Input(3), _folder["in", "000_000.parquet"]);
        File.Copy(Input(2), _folder["in", "zzz.parquet"]);

        using (var run = await _folder.PrepareAsync(Arguments.With("--add", "true")))
        {
            Assert.False(run.Core.IsOver);
            Assert.Equal(4, run.Core.Files.CountOf(FileStage.Done));
            Assert.Equal(
                [
                    "data/train-00003-of-00004.parquet", "data/train-00004-of-00006.parquet",
                    "data/train-00005-of-00006.parquet",
                ],
                run.Ledger.ReadFiles().Skip(3).Select(file => file.Record.ShardName));
            Assert.Equal("000_000.parquet", run.Core.Files[4].Record.Name);
            Assert.Equal((FileStage.Scoring, 40L), (run.Core.Files[4].Stage, run.Core.Files[4].Record.Rows));
        }

        // They belong to the run from now on.
        using var again = await _folder.PrepareAsync(Arguments);
        Assert.Equal(6, again.Core.Files.Count);
    }

    [Fact]
    public async Task Add_MirrorLayout_NamesTheShardAsTheInput()
    {
        var arguments = Arguments.With("--layout", "mirror");
        (await _folder.PrepareAsync(arguments)).Dispose();
        File.Copy(Input(3), _folder["in", "b", "new.parquet"]);

        using var run = await _folder.PrepareAsync(arguments.With("--add", "true"));

        Assert.Equal("b/new.parquet", run.Core.Files[4].Record.ShardName);
    }

    [Theory]
    [InlineData("4", 4, "--add: nothing is added, since --files 4 is reached")]
    [InlineData("5", 5, "--add: 1 file added to the run: a.parquet")]
    public async Task Add_KeepsToTheNumberOfFilesAskedFor(string files, int expected, string told)
    {
        var arguments = Arguments.With("--files", files);
        (await _folder.PrepareAsync(arguments)).Dispose();
        File.Copy(Input(3), _folder["in", "a.parquet"]);
        File.Copy(Input(3), _folder["in", "b.parquet"]);

        using var run = await _folder.PrepareAsync(arguments.With("--add", "true"));

        Assert.Equal(expected, run.Core.Files.Count);
        Assert.Equal(told, _folder.Warnings[^1]);
    }

    [Fact]
    public async Task Add_NothingIsNew_SaysSo()
    {
        await StartAsync();

        using var run = await _folder.PrepareAsync(Arguments.With("--add", "true"));

        Assert.Equal(["--add: there is no new file"], _folder.Warnings);
    }

    [Fact]
    public async Task Add_FileOfNoUse_FailsAloneAndAtOnce()
    {
        await StartAsync();
        await File.WriteAllTextAsync(_folder["in", "new.parquet"], "no parquet");

        using var run = await _folder.PrepareAsync(Arguments.With("--add", "true"));

        Assert.Equal(FileStage.Failed, run.Core.Files[4].Stage);
    }

    [Fact]
    public async Task Add_WouldOverwriteAnInput_IsRefused()
    {
        // Where the shard of a file to be added would go lies a file of somebody else's.
        await StartAsync();
        File.Copy(Input(3), _folder["in", "new.parquet"]);
        var there = _folder["out", "data", "train-00004-of-00005.parquet"];
        await File.WriteAllTextAsync(there, "not of this run");

        Assert.StartsWith(there, await RefusalAsync(Arguments.With("--add", "true")), StringComparison.Ordinal);
    }

    private string Input(int index) => _folder["in", $"000_0000{index}.parquet"];

    private async Task StartAsync() => (await _folder.PrepareAsync(Arguments)).Dispose();

    private async Task<string> RefusalAsync(CommandLine arguments) =>
        (await Assert.ThrowsAsync<UserErrorException>(() => _folder.PrepareAsync(arguments))).Message;

    private static LedgerChange.WindowCompleted Scored(int file) => new(
        new WindowRecord(file, 0, 4, 1, 0, 40, new Dictionary<string, long> { ["class a"] = 4 }), [1, 2, 3, 4]);
}

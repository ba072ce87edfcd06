using FineWebTorch.Common;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Preparation;

/// <summary>A start that came to nothing after it had read footers, and the next one.</summary>
public sealed class FooterJournalTests : IDisposable
{
    private readonly SampleRun _folder = new();

    private string Journal => _folder["run", "footers.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_AfterAStartThatReadTheFooters_DoesNotReadThemAgain()
    {
        await RefuseAsync();
        for (var file = 0; file < 4; file++)
            Damage(file);

        using var run = await Preparation().PrepareAsync(CancellationToken.None);

        Assert.Equal([40L, 40L, 40L, 40L], run.Core.Files.Held.Select(file => file.Record.Rows));
        Assert.All(run.Core.Files.Held, file => Assert.NotNull(file.Record.Columns));
        Assert.False(File.Exists(Journal));
    }

    [Fact]
    public async Task Prepare_KilledInTheMiddleOfALine_ReadsTheRestAndKeepsItToo()
    {
        await RefuseAsync();
        var content = await File.ReadAllTextAsync(Journal);
        await File.WriteAllTextAsync(Journal, content[..^10]);
        var last = content.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        await RefuseAsync();

        var lines = await File.ReadAllLinesAsync(Journal);

        Assert.Equal(last, lines[^1]);
        Assert.Equal(4, lines.Count(line => line.EndsWith('}')));
    }

    [Fact]
    public async Task Prepare_FileHasChangedSince_ReadsItAgain()
    {
        await RefuseAsync();
        Damage(1);
        File.SetLastWriteTimeUtc(InputPath(1), DateTime.UtcNow.AddHours(1));

        using var run = await Preparation().PrepareAsync(CancellationToken.None);

        Assert.Equal(
            [FileStage.Scoring, FileStage.Failed, FileStage.Scoring, FileStage.Scoring],
            run.Core.Files.Held.Select(file => file.Stage));
    }

    [Fact]
    public async Task Prepare_OtherOptionsThanBefore_ReadsAllAgain()
    {
        await RefuseAsync();
        Damage(0);

        using var run = await Preparation("--keep", "all").PrepareAsync(CancellationToken.None);

        Assert.Equal(FileStage.Failed, run.Core.Files[0].Stage);
    }

    [Fact]
    public async Task Prepare_FewFiles_LeavesNothingBehind()
    {
        await RefuseAsync(least: 5);

        Assert.False(Directory.Exists(_folder["run"]));
    }

    /// <summary>For want of room, which is known when the footers have been read.</summary>
    private async Task RefuseAsync(int least = 1) => await Assert.ThrowsAsync<UserErrorException>(
        () => Preparation(least, hasRoom: false).PrepareAsync(CancellationToken.None));

    private RunPreparation Preparation(params string[] more) => Preparation(least: 1, hasRoom: true, more);

    private RunPreparation Preparation(int least, bool hasRoom, params string[] more) =>
        new(_folder.Arguments.With(more).Parse(), _folder.Warnings.Add, _folder.Hub)
        {
            RoomOf = folder => DiskRoom.Of(folder) with { Free = hasRoom ? long.MaxValue / 2 : 0 },
            LeastJournal = least,
        };

    private string InputPath(int file) => _folder["in", $"000_{file:00000}.parquet"];

    /// <summary>As long as before and, by its time, as old: whoever reads it sees that it is no Parquet file.</summary>
    private void Damage(int file)
    {
        var (path, modified) = (InputPath(file), File.GetLastWriteTimeUtc(InputPath(file)));
        File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
        File.SetLastWriteTimeUtc(path, modified);
    }
}

using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Which runs there are in a folder, and how one stands that is looked at from outside.</summary>
public sealed class RunFolderTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 1, 2, 12, 0, 0, DateTimeKind.Utc);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_OfAFolder_AreItselfThoseInItAndThoseOfItsRuns()
    {
        Ledger(".", Noon);
        Ledger("b", Noon.AddHours(1));
        Ledger("runs/a", Noon.AddHours(2));
        Ledger("runs/deep/er", Noon.AddHours(3));
        _ = _folder["nothing", "in.it"];

        Assert.Equal([At("runs/a"), At("b"), At(".")], Find());
        Assert.Equal([Noon.AddHours(2), Noon.AddHours(1), Noon], RunFinder.Find(_folder.Path).Select(run => run.LastActive.UtcDateTime));
    }

    [Fact]
    public void Runs_OfOneMoment_AreInTheOrderOfTheirNames()
    {
        foreach (var name in (string[])["c", "a", "b"])
            Ledger(name, Noon);

        Assert.Equal([At("a"), At("b"), At("c")], Find());
    }

    [Fact]
    public void Run_IsAsNewAsTheLogOfItsLedger()
    {
        Ledger("a", Noon);
        Ledger("b", Noon.AddHours(1));
        Write("a/ledger.sqlite-wal", "something", Noon.AddHours(2));
        // Whoever only looks leaves an empty one.
        Write("b/ledger.sqlite-wal", "", Noon.AddHours(3));
        Assert.Equal([At("a"), At("b")], Find());

        File.SetLastWriteTimeUtc(At("a/ledger.sqlite-wal"), Noon.AddHours(-1));

        Assert.Equal([At("b"), At("a")], Find());
        Assert.Equal(Noon, RunFinder.Find(_folder.Path)[1].LastActive.UtcDateTime);
    }

    [Fact]
    public void Run_WhoseLedgerIsInADatabase_IsAsNewAsWhatItWrites()
    {
        Write("a/ledger.url", "postgresql://db/fineweb", Noon);
        Write("a/progress.json", "{}", Noon.AddHours(3));
        Write("a/run-summary.json", "{}", Noon.AddHours(1));
        Ledger("b", Noon.AddHours(2));

        Assert.Equal([At("a"), At("b")], Find());
    }

    [Fact]
    public void Newest_IsTakenAndToldWhereThereAreSeveral()
    {
        Ledger("a", Noon);
        Assert.Equal(At("a"), RunFinder.Newest(_folder.Path, _told.Add));
        Assert.Empty(_told);

        Ledger("b", Noon.AddHours(1));

        Assert.Equal(At("b"), RunFinder.Newest(_folder.Path, _told.Add));
        Assert.Equal([$"{At("b")} is the newest of 2 runs here; --run names another"], _told);
    }

    [Fact]
    public void Newest_WhereThereIsNone_SaysHowToNameOne()
    {
        var error = Assert.Throws<UserErrorException>(() => RunFinder.Newest(_folder.Path, _told.Add));

        Assert.Equal(
            $"no run here ({_folder.Path}): name the folder of one with --run, as 'coordinator run' prints it at its start",
            error.Message);
        Assert.Empty(RunFinder.Find(_folder["not there"]));
    }

    [Fact]
    public void Open_WhereThereIsNoRun_SaysWhatIsMissing()
    {
        var error = Assert.Throws<UserErrorException>(() => StoredRun.Open(_folder.Path));
        Assert.Equal($"--run {_folder.Path}: no run here (there is no ledger.sqlite)", error.Message);

        SqliteLedger.Open(_folder["ledger.sqlite"]).Dispose();
        error = Assert.Throws<UserErrorException>(() => StoredRun.Open(_folder.Path));
        Assert.Equal($"--run {_folder.Path}: the run has not been started; run it again", error.Message);
    }

    [Theory]
    [InlineData(null, (int)RunCondition.Stopped)]
    [InlineData("interrupted", (int)RunCondition.Interrupted)]
    [InlineData("finished", (int)RunCondition.Stopped)]
    [InlineData("no summary", (int)RunCondition.Stopped)]
    public void Run_NobodyWorksOn_StandsAsItsLastSessionSaid(string? state, int condition)
    {
        Create();
        Summarize(state);

        using var run = StoredRun.Open(_folder.Path);

        Assert.Equal((RunCondition)condition, run.Condition);
        Assert.Equal((false, (int?)null), (run.IsRunning, run.Coordinator));
        Assert.Equal(state is "interrupted" or "finished" ? state : null, run.LastSummary?.State);
        Assert.Equal((_folder.Path, "run-1", 1), (run.Path, run.Core.Run.RunId, run.Core.Files.Count));
    }

    [Theory]
    [InlineData(false, null, (int)RunCondition.Running)]
    [InlineData(true, null, (int)RunCondition.Paused)]
    [InlineData(true, "publishing", (int)RunCondition.Publishing)]
    [InlineData(false, "interrupted", (int)RunCondition.Running)]
    public void Run_SomebodyWorksOn_StandsAsItGoes(bool isPaused, string? state, int condition)
    {
        Create(new LedgerChange.PausedSet(isPaused));
        Summarize(state);
        using var held = RunLock.Take(_folder.Path);

        using var run = StoredRun.Open(_folder.Path);

        Assert.Equal((RunCondition)condition, run.Condition);
        Assert.Equal((true, (int?)Environment.ProcessId), (run.IsRunning, run.Coordinator));
        File.WriteAllText(RunLock.PidPath(_folder.Path), "no number");
        Assert.Null(run.Coordinator);
        File.Delete(RunLock.PidPath(_folder.Path));
        Assert.Null(run.Coordinator);
    }

    [Theory]
    [InlineData(false, (int)RunCondition.Finished)]
    [InlineData(true, (int)RunCondition.Unpublished)]
    public void Run_Over_IsFinishedUnlessItsShardsWait(bool wait, int condition)
    {
        Create(new LedgerChange.FileFailed(0, "damaged"));
        if (wait)
            Directory.CreateDirectory(RunPlaces.HeldFolder(_folder["out"], "run-1"));

        using var run = StoredRun.Open(_folder.Path);

        Assert.Equal((RunCondition)condition, run.Condition);
        Assert.True(run.Core.IsOver);
        Assert.Null(run.Safe);
    }

    [Fact]
    public void Run_OnTheHub_IsFinishedOncePublished()
    {
        Create("hf://datasets/a/b", new LedgerChange.FileFailed(0, "damaged"));

        using var run = StoredRun.Open(_folder.Path);

        Assert.Equal(RunCondition.Unpublished, run.Condition);
        Assert.Null(run.Publication);
        Assert.Equal(Path.Combine(_folder.Path, "output"), run.Places.Output);
    }

    private IEnumerable<string> Find() => RunFinder.Find(_folder.Path).Select(run => run.Path);

    private string At(string path) => Path.GetFullPath(Path.Combine(_folder.Path, path));

    private void Ledger(string run, DateTime written) => Write($"{run}/ledger.sqlite", "a ledger", written);

    private void Write(string path, string text, DateTime written)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
        File.SetLastWriteTimeUtc(At(path), written);
    }

    private void Create(params LedgerChange[] changes) => Create(_folder["out"], changes);

    private void Create(string output, params LedgerChange[] changes)
    {
        using var ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        ledger.Create(Runs.Run(Runs.Spec with { Output = output }), [Runs.File(0, 4)]);
        ledger.Commit(changes);
    }

    private void Summarize(string? state)
    {
        if (state == "no summary")
            File.WriteAllText(RunPlaces.SummaryOf(_folder.Path), "{ not JSON");
        if (state is null or "no summary")
            return;
        using var run = StoredRun.Open(_folder.Path);
        var summary = RunSummary.Create(state, run.Core, run.Ledger, run.Places, before: (0, 0), seconds: 1);
        File.WriteAllText(RunPlaces.SummaryOf(_folder.Path), JsonSerializer.Serialize(summary, RunSummary.Json));
    }
}

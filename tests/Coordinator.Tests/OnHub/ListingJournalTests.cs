using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A start that was killed while the Hub listed the input, and the next one. Six files, a page each.</summary>
public sealed class ListingJournalTests
{
    private static readonly string[] Names =
    [
        "data/000_00000.parquet", "data/000_00001.parquet", "data/000_00002.parquet", "data/000_00003.parquet",
        "data/new_0.parquet", "data/new_1.parquet",
    ];

    [Fact]
    public async Task Prepare_KilledAfterThreePagesOfSix_AsksForTheOtherThreeAndFindsTheSameFiles()
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 3);

        using var run = await GoOnAsync(hub, pages: 3);

        Assert.All(
            hub.Server.Log.Of(RequestKind.Tree),
            page => Assert.Contains("cursor=", page.Query, StringComparison.Ordinal));
        using var other = await hub.Sample.PrepareAsync(hub.Arguments.With(
            "--run", hub.Sample["other"], "--output", hub.Sample["other-out"]));
        Assert.Equal(
            other.Core.Files.Held.Select(file => file.Record), run.Core.Files.Held.Select(file => file.Record));
        Assert.False(File.Exists(Journal(hub)));
    }

    [Fact]
    public async Task Prepare_KilledThreeTimes_GoesOnEachTime()
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 3);
        await KillAsync(hub, pages: 1);
        await KillAsync(hub, pages: 1);

        using var run = await GoOnAsync(hub, pages: 1);
    }

    /// <summary>The listing is whole, and what comes after it is what fails.</summary>
    [Fact]
    public async Task Prepare_RefusedAfterTheListing_DoesNotAskForItAgain()
    {
        await using var hub = await StartAsync();
        var folder = hub.Arguments.With("--input", "hf://datasets/alice/web/data");
        hub.Sample.RoomOf = folder => DiskRoom.Of(folder) with { Free = 0 };
        await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(folder));
        Assert.True(File.Exists(Journal(hub)));
        hub.Sample.RoomOf = DiskRoom.Of;
        hub.Server.Log.Clear();

        using var run = await GoOnAsync(hub, pages: 0, folder);

        Assert.False(File.Exists(Journal(hub)));
    }

    [Fact]
    public async Task Prepare_BranchHasMovedSince_AsksForAllOfTheNewCommitAndDropsTheOldPages()
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 4);
        var commit = hub.Put("alice/web", ("data/000_00000.parquet", await InputAsync(hub, 2)));
        await KillAsync(hub, pages: 3);
        Assert.DoesNotContain(
            "/000_00003.parquet", await File.ReadAllTextAsync(Journal(hub)), StringComparison.Ordinal);

        using var run = await GoOnAsync(hub, pages: 3);

        Assert.All(run.Core.Files.Held, file => Assert.Contains(commit, file.Record.Path, StringComparison.Ordinal));
        Assert.Equal(run.Core.Files[2].Record.Sha256, run.Core.Files[0].Record.Sha256);
    }

    [Theory]
    [InlineData(400, 1)]
    [InlineData(404, 1)]
    [InlineData(410, 1)]
    [InlineData(500, 4)]
    public async Task Prepare_HubDoesNotKnowTheCursor_AsksForAllAnewAndFindsTheSameFiles(int status, int times)
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 3);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Tree, Status = status, Times = times });

        using var run = await GoOnAsync(hub, pages: times + 6);
    }

    [Theory]
    [InlineData(403, 1)]
    [InlineData(503, 4)]
    public async Task Prepare_HubHasAnotherReasonToRefuse_SaysSoAndKeepsThePages(int status, int times)
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 3);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Tree, Status = status, Times = times });
        await Assert.ThrowsAsync<HubException>(() => hub.Sample.PrepareAsync(hub.Arguments));
        hub.Server.Log.Clear();

        using var run = await GoOnAsync(hub, pages: 3);
    }

    [Fact]
    public async Task Prepare_KilledInTheMiddleOfALine_AsksForThatPageAgainAndKeepsItAndTheNext()
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 4);
        var content = await File.ReadAllTextAsync(Journal(hub));
        await File.WriteAllTextAsync(Journal(hub), content[..^10]);
        await KillAsync(hub, pages: 2);

        using var run = await GoOnAsync(hub, pages: 1);
    }

    [Fact]
    public async Task Prepare_KilledInASmallListing_LeavesNothing()
    {
        await using var hub = await StartAsync();

        await KillAsync(hub, pages: 2);

        Assert.False(Directory.Exists(hub.Sample["run"]));
    }

    [Fact]
    public async Task Prepare_FolderCannotBeWritten_ListsAllTheSame()
    {
        await using var hub = await StartAsync();
        Directory.CreateDirectory(Journal(hub));
        hub.Sample.RoomOf = folder => DiskRoom.Of(folder) with { Free = 0 };

        await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(hub.Arguments));

        Assert.Equal(6, hub.Server.Log.Count(RequestKind.Tree));
    }

    [Fact]
    public async Task Prepare_Killed_KeepsNeitherTheTokenNorAnAddressOfTheStorage()
    {
        await using var hub = await StartAsync();
        await KillAsync(hub, pages: 5);

        var kept = await File.ReadAllTextAsync(Journal(hub));

        Assert.DoesNotContain(HubRun.Token, kept, StringComparison.Ordinal);
        Assert.DoesNotContain("http", kept, StringComparison.Ordinal);
        Assert.Equal(5, kept.Split('\n').Count(line => line.Contains(hub.Server.Store
            .Find("datasets", "alice/web")!.Require("main").Id, StringComparison.Ordinal)));
    }

    [Fact]
    public void Pages_OfAnEarlierProcess_AreAsTheHubGaveThem()
    {
        using var folder = new TemporaryFolder();
        ListedPage[] pages =
        [
            new([new HubFile("data", true, 0, "0a", null, null)], "/tree?cursor=1%7E"),
            new([new HubFile("data/1.parquet", false, 1L << 40, "1b", new string('f', 64), null)], "/tree?cursor=2"),
            new([new HubFile("data/é \"2\".txt", false, 0, "", null, null)], null),
        ];
        string[] addresses = ["/tree", "/tree?cursor=1%7E", "/tree?cursor=2"];
        var earlier = new ListingJournal(folder["run"]).Pages;
        foreach (var (address, page) in addresses.Zip(pages))
            earlier.Keep(address, page);

        var now = new ListingJournal(folder["run"]).Pages;

        Assert.Equal(pages.SelectMany(page => page.Files), addresses.SelectMany(address => now.Find(address)!.Files));
        Assert.Equal(pages.Select(page => page.Next), addresses.Select(address => now.Find(address)!.Next));
        Assert.Null(now.Find("/tree?cursor=3"));
    }

    private static string Journal(HubRun hub) => hub.Sample["run", ListingJournal.FileName];

    private static Task<byte[]> InputAsync(HubRun hub, int file) =>
        File.ReadAllBytesAsync(hub.Sample["in", $"000_{file:00000}.parquet"]);

    private static async Task<HubRun> StartAsync()
    {
        var hub = await HubRun.StartAsync(options => options with { PageSize = 1 });
        hub.Put(
            "alice/web",
            ("data/new_0.parquet", await InputAsync(hub, 0)), ("data/new_1.parquet", await InputAsync(hub, 1)));
        return hub;
    }

    /// <summary>The next start, which asks for so many pages and finds all files.</summary>
    private static async Task<PreparedRun> GoOnAsync(HubRun hub, int pages, CommandLine? arguments = null)
    {
        var run = await hub.Sample.PrepareAsync(arguments ?? hub.Arguments);
        Assert.Equal(pages, hub.Server.Log.Count(RequestKind.Tree));
        Assert.Equal(Names, run.Core.Files.Held.Select(file => file.Record.Name));
        return run;
    }

    /// <summary>Ends a start that waits for another page after so many; the server's log is empty then.</summary>
    private static async Task KillAsync(HubRun hub, int pages)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Tree,
            Skip = pages,
            Until = new TaskCompletionSource().Task,
            Reached = asked,
        });
        using var end = new CancellationTokenSource();
        var start = hub.Sample.Preparation(hub.Arguments.Parse()).PrepareAsync(end.Token);
        await Task.WhenAny(asked.Task, start);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        hub.Server.Log.Clear();
    }
}

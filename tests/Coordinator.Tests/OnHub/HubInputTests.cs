using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.OnHub;

public sealed class HubInputTests
{
    [Fact]
    public async Task Prepare_HubInput_KnowsRowsAndDigestsFromFootersAlone()
    {
        await using var hub = await HubRun.StartAsync();
        // Only the end of such a file is fetched.
        var large = new byte[1 << 20];
        (await File.ReadAllBytesAsync(hub.Sample["in", "000_00000.parquet"])).CopyTo(large, 0);
        var commit = hub.Put("alice/web", ("data/999.parquet", large));

        using var run = await hub.Sample.PrepareAsync(hub.Arguments);

        var files = run.Core.Files.Held.Select(file => file.Record).ToList();
        Assert.Equal([40L, 40L, 40L, 40L, 0L], files.Select(file => file.Rows));
        Assert.Equal($"hf://datasets/alice/web@{commit}/data/000_00000.parquet", files[0].Path);
        Assert.All(files, file => Assert.Equal(64, file.Sha256!.Length));
        Assert.Contains("999.parquet", files[4].Failure, StringComparison.Ordinal);
        Assert.All(
            hub.Server.Log.Entries.Where(entry => entry.Path.Contains(files[4].Sha256!, StringComparison.Ordinal)),
            entry => Assert.NotNull(entry.Range));
    }

    [Fact]
    public async Task Prepare_BranchMovesBetweenSessions_StaysAtItsCommit()
    {
        await using var hub = await HubRun.StartAsync();
        using (await hub.Sample.PrepareAsync(hub.Arguments))
            hub.Put("alice/web", ("data/000_00000.parquet", [1, 2, 3]), ("data/new.parquet", [4]));
        hub.Server.Log.Clear();

        using var run = await hub.Sample.PrepareAsync(hub.Arguments);

        Assert.Equal(4, run.Core.Files.Count);
        Assert.All(run.Core.Files.Held, file => Assert.Contains(hub.Commit, file.Record.Path, StringComparison.Ordinal));
        Assert.Equal(0, hub.Server.Log.Count(RequestKind.Tree));
    }

    [Fact]
    public async Task Add_TakesWhatIsNewFromTheNewestCommit_AndPublishesItBesideTheRest()
    {
        await using var hub = await HubRun.StartAsync();
        await HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync);
        var content = await File.ReadAllBytesAsync(hub.Sample["in", "000_00001.parquet"]);
        await File.WriteAllBytesAsync(hub.Sample["in", "new.parquet"], content);
        var commit = hub.Put("alice/web", ("data/000_00000.parquet", [1, 2, 3]), ("data/new.parquet", content));

        await HubSession.RunAsync(hub, hub.Publishing.With("--add", "true"), new HubBuilder(hub).WorkAsync);

        var (published, output) = (hub.Commits()[0], hub.Repository("alice/edu"));
        Assert.Equal(2, hub.Commits().Count);
        Assert.Equal(
            ["data/train-00003-of-00004.parquet", "data/train-00004-of-00005.parquet"],
            published.Files.Keys.Where(name => name.StartsWith("data/", StringComparison.Ordinal)).TakeLast(2));
        string InputOf(string shard) =>
            (string)JsonNode.Parse(output.ReadText(published, $"manifests/data/{shard}.parquet.json")!)!["input"]!["name"]!;
        Assert.Equal($"hf://datasets/alice/web@{commit}/data/new.parquet", InputOf("train-00004-of-00005"));
        Assert.Equal($"hf://datasets/alice/web@{hub.Commit}/data/000_00000.parquet", InputOf("train-00000-of-00004"));
    }

    [Fact]
    public async Task Prepare_NoSuchDataset_IsOneLineThatNamesIt()
    {
        await using var hub = await HubRun.StartAsync();

        var refusal = await Assert.ThrowsAsync<HubException>(
            () => hub.Sample.PrepareAsync(hub.Arguments.With("--input", "hf://datasets/alice/none")));

        Assert.Equal(HubErrorKind.RepositoryNotFound, refusal.Kind);
        Assert.Contains("alice/none", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(hub.Sample["run"]));
    }

    [Fact]
    public async Task Run_HubInput_GivesSignedAddressesAndNamesRepositoryAndCommitInManifests()
    {
        await using var hub = await HubRun.StartAsync();
        var located = new List<byte[]>();
        var builder = new HubBuilder(hub)
        {
            OnLease = async (worker, message) =>
            {
                if (message.ScoreLease is not { File: var file })
                    return;
                var first = await worker.LocateAsync(file);
                hub.Server.Signatures.ExpireAll();
                var second = await worker.LocateAsync(file);
                Assert.NotEqual(first.Url, second.Url);
                using var http = new HttpClient();
                located.Add(await http.GetByteArrayAsync(new Uri(second.Url)));
                Assert.Equal(
                    located[^1][7..],
                    await worker.ReadFileAsync(new ReadFileRequest { InputIndex = file.Index, Offset = 7 }));
            },
        };

        var session = await HubSession.RunAsync(hub, hub.Arguments, builder.WorkAsync);

        Assert.Equal(("finished", 4), (session.Summary!.State, session.Summary.FilesDone));
        Assert.Equal(await File.ReadAllBytesAsync(hub.Sample["in", "000_00000.parquet"]), located[0]);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(
            hub.Sample["out", "manifests", "data", "train-00001-of-00004.parquet.json"]))!;
        Assert.Equal(
            $"hf://datasets/alice/web@{hub.Commit}/data/000_00001.parquet", (string?)manifest["input"]!["name"]);
    }

    /// <summary>However many files are open: their readers are slow, and what waits for them lies in memory.</summary>
    [Fact]
    public async Task Read_ByMoreThanThereIsRoomFor_LetsTheOthersWait()
    {
        await using var hub = await HubRun.StartAsync();
        var content = new byte[HubInput.PieceSize + 1];
        content[^1] = 1;
        var commit = hub.Put("alice/web", ("data/large.parquet", content));
        using var room = new SemaphoreSlim(HubInput.MostPieces); // Of its own: other tests read at the same time
        var input = new HubInput(hub.Access, new RunSpec { Input = HubRun.Input }, room);
        IAsyncEnumerator<ReadOnlyMemory<byte>> Open() => input.ReadAsync(
            $"hf://datasets/alice/web@{commit}/data/large.parquet", 0, TestContext.Current.CancellationToken)
            .GetAsyncEnumerator();
        var readers = Enumerable.Range(0, HubInput.MostPieces).Select(_ => Open()).ToList();
        foreach (var reader in readers)
            Assert.True(await reader.MoveNextAsync());

        await using var late = Open();
        var first = late.MoveNextAsync().AsTask();
        var before = hub.Server.Log.Count(RequestKind.ObjectGet);
        // What goes on itself gives its room back first.
        var length = readers[0].Current.Length;
        while (length < HubInput.PieceSize && await readers[0].MoveNextAsync())
            length += readers[0].Current.Length;
        Assert.False(first.IsCompleted);
        Assert.Equal(HubInput.MostPieces, before);
        var rest = readers[0].MoveNextAsync().AsTask();
        foreach (var reader in readers.Skip(1))
            await reader.DisposeAsync();
        Assert.True(await first);
        Assert.True(await rest);

        Assert.Equal([1], readers[0].Current.ToArray());
        await readers[0].DisposeAsync();
    }

    [Fact]
    public async Task Prepare_ModelOnTheHub_IsFetchedOnceAndPinned()
    {
        await using var hub = await HubRun.StartAsync();
        var model = hub.Server.Store.Create("models", "alice/tiny", false)!;
        var files = Directory.GetFiles(hub.Sample["model"]);
        var commit = HubRun.Put(model, [.. files.Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
        var arguments = hub.Sample.Arguments.With("--model", "alice/tiny");
        using (var first = await hub.Sample.PrepareAsync(arguments))
            Assert.Equal(("alice/tiny", commit), (first.Core.Run.Model.Id, first.Core.Run.Model.Revision));
        HubRun.Put(model, ("config.json", "{}"u8.ToArray()));
        hub.Server.Log.Clear();

        using var second = await hub.Sample.PrepareAsync(arguments);

        Assert.Equal(commit, second.Core.Run.Model.Revision);
        Assert.Empty(hub.Server.Log.Entries);
    }

    [Fact]
    public async Task Prepare_TooLittleRoom_IsRefusedBeforeTheModelIsFetched()
    {
        await using var hub = await HubRun.StartAsync();
        var model = hub.Server.Store.Create("models", "alice/tiny", false)!;
        var files = Directory.GetFiles(hub.Sample["model"])
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))).ToArray();
        HubRun.Put(model, files);
        var arguments = hub.Arguments.With("--model", "alice/tiny");
        hub.Sample.RoomOf = _ => new DiskRoom("/", 100_000);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(arguments));

        Assert.Matches(
            "^disk /: .* needed, 100 kB free: .* for the model in .* for shards .*HF_HUB_CACHE", refusal.Message);
        Assert.False(Directory.Exists(hub.Sample["run"]));
        Assert.Null(hub.Access.Downloader.Cache.FindModel("alice/tiny"));
        hub.Sample.RoomOf = DiskRoom.Of;
        (await hub.Sample.PrepareAsync(arguments)).Dispose();
    }

    [Fact]
    public async Task Prepare_ResumedRun_NeedsRoomOnlyForTheShardsThatAreStillToCome()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Arguments.With("--keep", "all");
        (await hub.Sample.PrepareAsync(arguments)).Dispose();
        hub.Sample.RoomOf = _ => new DiskRoom("/", 1000);
        await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(arguments));
        hub.Sample.RoomOf = DiskRoom.Of;
        await ScoredRun.CompleteAsync(hub, arguments);
        hub.Sample.RoomOf = _ => new DiskRoom("/", 1000);

        (await hub.Sample.PrepareAsync(arguments)).Dispose();
    }

    [Fact]
    public async Task DryRun_HubInput_TellsRowsAndDiskAndFetchesFootersOnly()
    {
        await using var hub = await HubRun.StartAsync();
        var options = hub.Arguments.With("--files", "3").Parse();
        using var output = new StringWriter();

        Assert.Equal(ExitCode.Success, await new DryRunReport(options, output, TimeProvider.System).ShowAsync(
            hub.Sample.Preparation(options), CancellationToken.None));

        Assert.StartsWith("3 files, ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(" 120 rows,", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "how long it takes is not known: the documents are not on this machine; --docs-per-second",
            output.ToString(), StringComparison.Ordinal);
        Assert.Matches(
            @"\ndisk /\S*: .* needed, .* free: .* for the ledger in .* for shards \(--keep ", output.ToString());
        Assert.Contains("\neach worker on another machine: up to ", output.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(hub.Sample["run"]));
    }
}

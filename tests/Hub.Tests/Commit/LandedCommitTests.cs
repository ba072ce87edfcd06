using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>A change has landed where its bytes are there, not where some file is.</summary>
public sealed class LandedCommitTests
{
    private const string Shard = "data/train-00000-of-00001.parquet";
    private static readonly byte[] Old = [1, 2, 3], New = [4, 5, 6];
    private static readonly CommitOperation Stored =
        new CommitOperation.AddLfsFile(Shard, ServerFiles.Sha256(New), New.Length);
    private static readonly CommitOperation Plain = new CommitOperation.AddFile("README.md", New);

    [Fact]
    public async Task Addition_WhereOtherBytesHaveItsPath_IsMissing()
    {
        await using var hub = await StartAsync();

        Assert.Equal([Stored, Plain], (await FindAsync(hub, Stored, Plain)).Missing);

        hub.Put((Shard, New));
        Assert.Equal([Plain], (await FindAsync(hub, Stored, Plain)).Missing);
        hub.Put(("README.md", New));
        Assert.True((await FindAsync(hub, Stored, Plain)).HasLanded);
    }

    [Fact]
    public async Task Addition_OfAFileThatTheHubKeepsInItsStorage_IsFoundByItsContent()
    {
        await using var hub = await StartAsync();
        var old = new CommitOperation.AddFile(Shard, Old);
        var added = new CommitOperation.AddFile(Shard, New);

        Assert.Equal([added], (await FindAsync(hub, old, added)).Missing);
    }

    [Fact]
    public async Task Deletion_OfWhatIsStillThere_IsMissing()
    {
        await using var hub = await StartAsync();
        var file = new CommitOperation.DeleteFile(Shard);
        var folder = new CommitOperation.DeleteFolder("data");
        var elsewhere = new CommitOperation.DeleteFolder("elsewhere");

        Assert.Equal([file, folder], (await FindAsync(hub, file, folder, elsewhere)).Missing);
        // What the same commit adds may be there.
        Assert.Empty((await FindAsync(hub, new CommitOperation.AddFile(Shard, Old), folder)).Missing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(409)]
    public async Task Publish_OverOtherBytes_ReplacesThem(int firstAnswer)
    {
        await using var hub = await StartAsync();
        await UploadAsync(hub);
        if (firstAnswer > 0)
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = firstAnswer });

        var results = await new HubPublisher(hub.Client).CommitAsync([Request(Stored, Plain)]);

        Assert.False(Assert.Single(results).WasThere);
        Assert.Equal(New, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", Shard));
        Assert.Equal(New, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "README.md"));
    }

    [Fact]
    public async Task Publish_WhereAPartHasLanded_SendsTheRest()
    {
        await using var hub = await StartAsync();
        hub.Put((Shard, New));

        var results = await new HubPublisher(hub.Client).CommitAsync([Request(Stored, Plain)]);

        Assert.False(Assert.Single(results).WasThere);
        Assert.Equal(New, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "README.md"));
    }

    private static async Task<EmulatedHub> StartAsync()
    {
        var hub = await EmulatedHub.StartAsync();
        hub.Put((Shard, Old), ("README.md", Old));
        return hub;
    }

    private static async Task UploadAsync(EmulatedHub hub)
    {
        var blob = new LfsObject(ServerFiles.Sha256(New), New.Length);
        var actions = await hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [blob]);
        await new ObjectUploader(hub.NewTransport()).UploadAsync(hub.WriteFile("new", New), actions[0]);
    }

    private static Task<CommitSearch> FindAsync(EmulatedHub hub, params CommitOperation[] operations) =>
        hub.Client.FindCommitAsync(EmulatedHub.Repository, "main", operations);

    private static CommitRequest Request(params CommitOperation[] operations) => new()
    {
        Repository = EmulatedHub.Repository,
        Summary = "Upload",
        Operations = operations,
    };
}

using System.Text;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>A card that others change too: nobody's words are lost, and no commit is made for nothing.</summary>
public sealed class CommitEditTests
{
    private const string Card = "README.md";
    private readonly List<string?> _seen = [];

    [Fact]
    public async Task Edit_OfWhatIsThere_ChangesThatAndNothingElse()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Card, "theirs\n"u8.ToArray()), ("a.parquet", [1]));

        var made = await EditAsync(hub);

        Assert.Equal(["theirs\n"], _seen);
        Assert.Equal("theirs\nours\n", await ReadAsync(hub));
        Assert.Equal([1], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "a.parquet"));
        Assert.Equal(made!.Id, (await hub.Client.GetInfoAsync(EmulatedHub.Repository, "main")).Commit);
    }

    [Fact]
    public async Task Edit_OfWhatIsNotThere_BeginsIt()
    {
        await using var hub = await EmulatedHub.StartAsync();

        await EditAsync(hub);

        Assert.Equal([null], _seen);
        Assert.Equal("ours\n", await ReadAsync(hub));
    }

    [Fact]
    public async Task Edit_ThatChangesNothing_IsNoCommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Card, "theirs\n"u8.ToArray()));

        Assert.Null(await EditAsync(hub, before => before!));

        Assert.Equal(0, hub.Log.Count(RequestKind.Commit));
    }

    /// <summary>Also where a commit of our own was the head before.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Edit_SomeoneWasFaster_IsMadeAgainUponTheirs(bool knowsHead)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var head = hub.Put((Card, "first\n"u8.ToArray()));

        await EditAsync(
            hub,
            before =>
            {
                if (_seen.Count == 1)
                    hub.Put((Card, "second\n"u8.ToArray()));
                return before + "ours\n";
            },
            knowsHead ? head : null);

        Assert.Equal(["first\n", "second\n"], _seen);
        Assert.Equal("second\nours\n", await ReadAsync(hub));
    }

    [Fact]
    public async Task Edit_HeadIsKnown_IsNotAskedFor()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var head = hub.Put((Card, "theirs\n"u8.ToArray()));

        await EditAsync(hub, knownHead: head);

        Assert.Equal(0, hub.Log.Count(RequestKind.Preupload));
        Assert.Equal("theirs\nours\n", await ReadAsync(hub));
    }

    [Fact]
    public async Task Edit_OthersAreFasterEveryTime_IsGivenUpAfterEightAttempts()
    {
        await using var hub = await EmulatedHub.StartAsync();

        var error = await Assert.ThrowsAsync<HubException>(() => EditAsync(hub, before =>
        {
            hub.Put((Card, Encoding.UTF8.GetBytes($"{_seen.Count}\n")));
            return before + "ours\n";
        }));

        Assert.Equal(HubErrorKind.PreconditionFailed, error.Kind);
        Assert.Equal(8, _seen.Count);
        Assert.Equal("8\n", await ReadAsync(hub));
    }

    [Fact]
    public async Task Edit_RefusedForAnotherReason_IsNotTriedAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, Times = 9 });

        var error = await Assert.ThrowsAsync<HubException>(() => EditAsync(hub));

        Assert.Equal(HubErrorKind.Forbidden, error.Kind);
        Assert.Single(_seen);
    }

    [Fact]
    public async Task Head_IsWhatTheCommitServiceSays()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var publisher = new HubPublisher(hub.Client);
        var head = hub.Put((Card, [1]));

        Assert.Equal(head, await publisher.GetHeadAsync(EmulatedHub.Repository, "main", Card));
        Assert.Equal(0, hub.Log.Count(RequestKind.Info));

        // One that does not say is asked otherwise.
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Preupload,
            Status = 200,
            Body = """{"files":[{"path":"README.md","uploadMode":"regular","shouldIgnore":false}]}""",
        });
        Assert.Equal(head, await publisher.GetHeadAsync(EmulatedHub.Repository, "main", Card));
        Assert.Equal(1, hub.Log.Count(RequestKind.Info));
    }

    private Task<CommitResult?> EditAsync(
        EmulatedHub hub, Func<string?, string>? edit = null, string? knownHead = null) =>
        new HubPublisher(hub.Client).EditAsync(
            EmulatedHub.Repository, "main", Card,
            before =>
            {
                _seen.Add(before);
                return edit is null ? before + "ours\n" : edit(before);
            },
            "Card", knownHead);

    private static async Task<string> ReadAsync(EmulatedHub hub) =>
        Encoding.UTF8.GetString((await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", Card))!);
}

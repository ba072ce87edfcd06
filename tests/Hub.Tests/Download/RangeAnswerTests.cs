using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>What a server says about the range it sends is compared with what was asked for.</summary>
public sealed class RangeAnswerTests
{
    private const string Name = "data/x.parquet";
    private static readonly byte[] Content = ServerFiles.Bytes(50_000);

    [Theory]
    [InlineData("bytes 4096-8191/50000", "the answer starts at byte 4096, not at 8192")]
    [InlineData("bytes 8193-12288/50000", "the answer starts at byte 8193, not at 8192")]
    [InlineData("bytes 0-4095/50000", "the answer starts at byte 0, not at 8192")]
    [InlineData("bytes */50000", "the answer starts at byte , not at 8192")]
    [InlineData("", "the answer starts at byte , not at 8192")]
    [InlineData("bytes 8192-12287/50001", "it has 50001 bytes there, the Hub announced 50000")]
    public async Task Range_ThatBeginsElsewhere_IsRefusedAndNothingOfItKept(string said, string reason)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        hub.Server.Faults.Add(Answering(8192, said));

        var error = await Assert.ThrowsAsync<HubException>(() => FetchAsync(hub));

        Assert.Equal(HubErrorKind.WrongContent, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Null(hub.NewDownloader().Cache.FindFile(EmulatedHub.Repository, "main", Name));
    }

    /// <summary>Nothing but that number tells: a reader of ranges has no digest to compare.</summary>
    [Fact]
    public async Task Range_ThatBeginsElsewhere_IsRefusedAlsoWhereNoDigestWouldTell()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        using var reader = hub.Client.OpenReader(resolved);
        hub.Server.Faults.Add(Answering(100, "bytes 101-199/50000"));

        var error = await Assert.ThrowsAsync<HubException>(async () => await reader.ReadAsync(100, new byte[100], default));

        Assert.Equal(HubErrorKind.WrongContent, error.Kind);
    }

    private static Fault Answering(long start, string said) => new()
    {
        Kind = RequestKind.ObjectGet,
        RangeStart = start,
        ReplaceHeaders = new Dictionary<string, string> { ["Content-Range"] = said },
        Times = 9,
    };

    private static Task<string> FetchAsync(EmulatedHub hub) =>
        hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
}

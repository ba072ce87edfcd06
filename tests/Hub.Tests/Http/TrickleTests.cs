using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>
/// Servers that send a little now and then, so that no silence is long enough: nobody is held by them for ever. On the
/// clock of these tests a silence may last an hour, and a rate is measured over three.
/// </summary>
public sealed class TrickleTests
{
    private const string Name = "data/x.parquet";
    private const int Attempts = 6;
    private static readonly byte[] Content = ServerFiles.Bytes(50_000);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(25);

    [Fact]
    public async Task Download_OfAByteNowAndThen_IsGivenUpWithOneLine()
    {
        await using var hub = await StartAsync();

        var error = await Assert.ThrowsAsync<HubException>(() => FetchAsync(hub, Slow(hub, bytes: 1)));

        Assert.Equal(HubErrorKind.TimedOut, error.Kind);
        Assert.Equal(
            $"cannot read datasets/alice/scores/{Name}: {hub.Server.DataUrl.Authority} sends less than 1000 bytes a second " +
            "in the middle of an answer", error.Message);
        // No attempt counts as progress for the byte that it brought.
        Assert.Equal(Attempts, hub.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Download_JustFastEnough_IsNotGivenUp()
    {
        await using var hub = await StartAsync();
        const int Bytes = 2000;
        var transport = Slow(hub, Bytes, options => options with { LeastRate = 1 });
        Assert.True(transport.Options.IsFastEnough(Bytes, Pause));

        Assert.Equal(Content, await FetchAsync(hub, transport));
        Assert.Equal(1, hub.Log.Count(RequestKind.ObjectGet));
    }

    /// <summary>Each attempt gets further, and the file would be done in a day.</summary>
    [Fact]
    public async Task Download_ThatBreaksAfterEachByte_IsGivenUp()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, CutAfter = 1, Times = 60 });

        var error = await Assert.ThrowsAsync<HubException>(() => FetchAsync(hub, hub.NewTransport()));

        Assert.Equal(HubErrorKind.Unreachable, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(Attempts, hub.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Download_ThatBreaksOftenAndGetsOn_IsContinuedToItsEnd()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, CutAfter = 4000, Times = 9999 });

        Assert.Equal(Content, await FetchAsync(hub, hub.NewTransport()));
        Assert.InRange(hub.Log.Count(RequestKind.ObjectGet), 2 * Attempts, int.MaxValue);
    }

    [Fact]
    public async Task Answer_OfAByteNowAndThen_IsGivenUpWithOneLine()
    {
        await using var hub = await StartAsync();
        var client = hub.NewClient(transport: Slow(hub, bytes: 1));

        var error = await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));

        Assert.Equal(HubErrorKind.TimedOut, error.Kind);
        Assert.StartsWith("cannot ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"{hub.Server.Url.Authority} was not done with an answer after 7200 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(Attempts, hub.Log.Count(RequestKind.Info));
    }

    private static async Task<EmulatedHub> StartAsync()
    {
        var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        return hub;
    }

    private static HubTransport Slow(
        EmulatedHub hub, int bytes, Func<HubTransportOptions, HubTransportOptions>? change = null) =>
        hub.NewTransport(options => (change?.Invoke(options) ?? options) with
        {
            Handler = guard => new Trickle(HubTransport.SocketHandler(options, guard), hub.Time, bytes, Pause),
        });

    private static async Task<byte[]> FetchAsync(EmulatedHub hub, HubTransport transport)
    {
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        using var reader = hub.NewClient(transport: transport).OpenReader(resolved);
        var content = new byte[resolved.File.Size];
        await reader.ReadAsync(0, content, default);
        return content;
    }
}

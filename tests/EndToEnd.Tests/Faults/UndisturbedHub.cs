using FineWebTorch.HubEmulator;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>An emulated Hub to which a run was published that nothing happened to.</summary>
public sealed class UndisturbedHub : IAsyncLifetime
{
    /// <summary>Of both inputs.</summary>
    public const int Rows = 80;

    private const string Name = "undisturbed";

    public HubFolder Hub { get; } = new();

    /// <summary>All that the run has asked for, in order.</summary>
    public IReadOnlyList<RequestEntry> Requests { get; private set; } = [];

    /// <summary>sha256 by path.</summary>
    public IReadOnlyDictionary<string, string> Shards { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        await Hub.InitializeAsync();
        await using var coordinator = Hub.Coordinate(Name);
        await using var worker = await Hub.WorkAsync(coordinator);
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        Requests = Hub.Server.Log.Entries;
        Shards = Hub.Published(Name);
    }

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Two machines' networks and the link between them: the coordinator's and its workers'.</summary>
internal sealed class NetworkPair : IAsyncDisposable
{
    public const string Address = "10.99.0.1";
    private readonly Namespaces _head;
    private readonly Namespaces _workers;

    private NetworkPair(Namespaces head, Namespaces workers) => (_head, _workers) = (head, workers);

    public ProgramPlace Head => _head.Place with { Root = "" };

    public ProgramPlace Workers => _workers.Place;

    public static async Task<NetworkPair> MakeAsync()
    {
        Executables.Require("ip");
        var head = await Namespaces.MakeAsync("net", "ip link set lo up");
        var workers = await Namespaces.MakeAsync("net", "ip link set lo up");
        await head.RunAsync($"ip link add head type veth peer name worker netns {workers.Id}");
        await head.RunAsync($"ip addr add {Address}/24 dev head && ip link set head up");
        await workers.RunAsync("ip addr add 10.99.0.2/24 dev worker && ip link set worker up");
        return new NetworkPair(head, workers);
    }

    /// <summary>No packet passes, and nobody is told: neither end hears of it.</summary>
    public Task CutAsync() => _workers.RunAsync("ip link set worker down");

    public Task MendAsync() => _workers.RunAsync("ip link set worker up");

    /// <summary>Both ways.</summary>
    /// <param name="rate">As <c>tc</c> has it: <c>8mbit</c>.</param>
    public async Task SlowAsync(string rate)
    {
        Executables.Require("tc");
        await _head.RunAsync($"tc qdisc add dev head root tbf rate {rate} burst 32kb latency 400ms");
        await _workers.RunAsync($"tc qdisc add dev worker root tbf rate {rate} burst 32kb latency 400ms");
    }

    public async ValueTask DisposeAsync()
    {
        await _workers.DisposeAsync();
        await _head.DisposeAsync();
    }
}

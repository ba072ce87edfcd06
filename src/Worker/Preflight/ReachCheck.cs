using System.Diagnostics;
using System.Globalization;
using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Preflight;

/// <summary>Whether those answer that a worker needs; and what their clocks read.</summary>
internal sealed class ReachCheck(TimeProvider time)
{
    /// <summary>A small file of a public repository that every installation may read.</summary>
    private const string Asked = "HuggingFaceFW/fineweb-edu-classifier";

    private readonly List<(string, DateTimeOffset, DateTimeOffset)> _clocks = [];

    /// <summary>See <see cref="ClockCheck.Judge"/>.</summary>
    public IReadOnlyList<(string Who, DateTimeOffset Theirs, DateTimeOffset Ours)> Clocks => _clocks;

    /// <summary>A connection as a worker makes it, certificate and all; nobody joins.</summary>
    /// <param name="addresses">With the key that is known of it.</param>
    /// <param name="proxy">Null for none.</param>
    public async Task<Finding> CoordinatorAsync(
        CoordinatorAddresses addresses, ProxyAddress? proxy, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = (_, token) => addresses.ConnectAsync(proxy, token),
        };
        using var client = new HttpClient(handler) { Timeout = addresses.Patience + TimeSpan.FromSeconds(15) };
        try
        {
            var start = Stopwatch.GetTimestamp();
            // No call of the protocol: whoever is no worker gets a line, and with it the time.
            using var request = new HttpRequestMessage(HttpMethod.Get, addresses.Current)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            Note("the coordinator", answer.Headers.Date);
            return Finding.Good("coordinator", string.Create(
                CultureInfo.InvariantCulture,
                $"{addresses} answers, after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms" +
                $"{(addresses.AreEncrypted ? ", encrypted" : "")}"));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or
            TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return Finding.Bad(
                "coordinator", $"{addresses}: {failure.GetBaseException().Message}",
                "start it, and see that firewalls let this machine through to that port");
        }
    }

    /// <summary>The Hub itself, and the storage behind it.</summary>
    public static async Task<IReadOnlyList<Finding>> HubAsync(HubAccess hub, CancellationToken cancellation)
    {
        const string advice = "see that this machine may reach it (HTTPS_PROXY, HF_ENDPOINT, a firewall)";
        var endpoint = hub.Client.Options.Endpoint;
        if (hub.Client.Options.Offline)
            return [Finding.Skipped("hub", "not asked: HF_HUB_OFFLINE is set")];
        try
        {
            var start = Stopwatch.GetTimestamp();
            var file = await hub.Client.ResolveAsync(
                HubRepository.Model(Asked), "main", "model.safetensors", cancellation);
            var answer = Finding.Good("hub", string.Create(
                CultureInfo.InvariantCulture,
                $"{endpoint} answers, after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
            return [answer, await StorageAsync(hub, file, cancellation)];
        }
        catch (HubException failure)
        {
            return [Finding.Doubtful(
                "hub", failure.Message, $"{advice}; a worker of local files and models does not need it")];
        }
    }

    private static async Task<Finding> StorageAsync(HubAccess hub, ResolvedFile file, CancellationToken cancellation)
    {
        try
        {
            using var reader = hub.Client.OpenReader(file);
            var start = Stopwatch.GetTimestamp();
            var some = new byte[Math.Min(file.File.Size, 4 << 20)];
            await reader.ReadAsync(0, some, cancellation);
            var rate = some.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
            return Finding.Good("storage", $"the Hub's storage gives {NumberText.Size((long)rate)} a second");
        }
        catch (HubException failure)
        {
            return Finding.Doubtful(
                "storage", failure.Message, "a worker fetches files of the Hub from there: let this machine reach it");
        }
    }

    private void Note(string who, DateTimeOffset? date)
    {
        if (date is { } theirs)
            _clocks.Add((who, theirs, time.GetUtcNow()));
    }
}

using System.Collections.Concurrent;
using System.Text.Json;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>What each foreign client saw of our server; each runs once, when it is first asked for.</summary>
public sealed class PeerReports
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyDictionary<string, string>>>> _reports = new();

    /// <returns>JSON by check.</returns>
    public Task<IReadOnlyDictionary<string, string>> OfAsync(string peer) =>
        _reports.GetOrAdd(peer, name => new(() => RunAsync(name))).Value;

    private static async Task<IReadOnlyDictionary<string, string>> RunAsync(string peer)
    {
        await using var server = await TestServer.StartAsync(new PeerHandlers().Handlers);
        using var process = Peer.StartClient(peer, server.Address);
        var errors = process.StandardError.ReadToEndAsync();
        Dictionary<string, string> seen = [];
        while (await process.StandardOutput.ReadLineAsync().InTime() is { } line)
        {
            using var report = JsonDocument.Parse(line);
            seen[report.RootElement.GetProperty("check").GetString()!] =
                JsonSerializer.Serialize(report.RootElement.GetProperty("seen"), JsonSerializerOptions.Default);
        }

        await process.WaitForExitAsync().InTime();
        Assert.True(process.ExitCode == 0, $"{peer} ended with {process.ExitCode}: {await errors.InTime()}");
        return seen;
    }
}

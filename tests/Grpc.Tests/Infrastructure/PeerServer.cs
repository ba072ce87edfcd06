using System.Diagnostics;
using System.Text.Json;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>A grpcio server, one port plain and one that compresses its responses.</summary>
public sealed class PeerServer : IAsyncDisposable
{
    private readonly Lazy<Task<int[]>> _ports;
    private Process? _process;

    public PeerServer() => _ports = new(StartAsync);

    public async Task<Uri> AddressAsync(bool gzip) => new($"http://127.0.0.1:{(await _ports.Value)[gzip ? 1 : 0]}");

    public async ValueTask DisposeAsync()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().InTime();
        _process.Dispose();
    }

    private async Task<int[]> StartAsync()
    {
        _process = Peer.StartServer();
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        var line = await _process.StandardOutput.ReadLineAsync().InTime();
        return JsonSerializer.Deserialize<int[]>(line!)!;
    }
}

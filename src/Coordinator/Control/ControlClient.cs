using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Control;

/// <summary>Speaks with the coordinator that works on a run; see <see cref="ControlServer"/>.</summary>
internal sealed class ControlClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Of names, escaped: what else there is in the first line of a request is short.</summary>
    private static readonly int MostBytes = new PeerLimits().ControlBytes - 256;

    private readonly HttpClient _client;
    private readonly string _runFolder;

    /// <param name="runFolder">Absolute; a coordinator works on it.</param>
    /// <exception cref="UserErrorException">It has no socket for commands.</exception>
    public ControlClient(string runFolder)
    {
        _runFolder = runFolder;
        var path = ControlSocket.Find(runFolder) ?? throw Unreachable("it has no socket for commands");
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    if (!SocketPeer.MayBeTrusted(socket))
                        throw new SocketException((int)SocketError.AccessDenied);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        })
        {
            BaseAddress = new Uri("http://run/v1/"),
            Timeout = Patience,
        };
    }

    /// <param name="path">One of <see cref="ControlRequest.ByPath"/>.</param>
    /// <exception cref="UserErrorException">There are too many names, or the coordinator cannot be reached.</exception>
    public Task<ControlAnswer> DoAsync(
        string path, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var query = string.Join('&', names.Select(name => $"name={Uri.EscapeDataString(name)}"));
        return query.Length <= MostBytes
            ? SendAsync<ControlAnswer>(HttpMethod.Post, $"{path}?{query}", cancellationToken)
            : throw new UserErrorException("too many names for one command; give fewer, or a pattern such as 'a*'");
    }

    public Task<RunSnapshot> LookAsync(CancellationToken cancellationToken) =>
        SendAsync<RunSnapshot>(HttpMethod.Get, "run", cancellationToken);

    /// <summary>A link that lets one browser in to watch the run; see <see cref="ControlServer"/>.</summary>
    public Task<ControlAnswer> InviteAsync(CancellationToken cancellationToken) =>
        SendAsync<ControlAnswer>(HttpMethod.Post, "page", cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _client.SendAsync(request, cancellationToken);
            return (await response.Content.ReadFromJsonAsync<T>(RunSummary.Json, cancellationToken))!;
        }
        catch (HttpRequestException failure)
        {
            throw Unreachable((failure.InnerException as SocketException)?.SocketErrorCode switch
            {
                SocketError.AccessDenied => "it is another user's",
                SocketError.ConnectionRefused => "nobody listens on its socket here",
                _ => failure.Message,
            });
        }
        catch (Exception failure) when (failure is JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw Unreachable("it gives no answer");
        }
    }

    /// <summary>A run folder may lie on a disk of several machines, a socket serves one.</summary>
    private UserErrorException Unreachable(string reason)
    {
        var where = CoordinatorNotice.Find(_runFolder, userFolder: "") is [var there, ..] &&
            there.Host != Environment.MachineName
                ? $"; type it on {there.Host}"
                : "";
        return new UserErrorException($"{_runFolder}: a coordinator works on this run, but {reason}{where}");
    }
}

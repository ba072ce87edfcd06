using System.Net;
using System.Net.Sockets;
using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// Opens the sockets of a channel's handler, and so knows whether there is a connection and can make one ahead of
/// the first call.
/// </summary>
internal sealed class ChannelConnection : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly DnsEndPoint _endPoint;
    private readonly TimeProvider _clock = TimeProvider.System;
    private TaskCompletionSource _stateChanged = NewSignal();
    private ConnectivityState _state = ConnectivityState.Idle;
    private NetworkStream? _waiting;
    private int _open;

    private ChannelConnection(Uri address) => _endPoint = new DnsEndPoint(address.IdnHost, address.Port);

    public ConnectivityState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    /// <summary>Null for handlers whose connections are not ours to open.</summary>
    public static ChannelConnection? TryAttach(HttpMessageHandler handler, Uri address)
    {
        if (handler is not SocketsHttpHandler { ConnectCallback: null } sockets) return null;
        if (sockets.UseProxy && (sockets.Proxy ?? HttpClient.DefaultProxy).GetProxy(address) is { } proxy
            && proxy != address)
        {
            return null;
        }

        var connection = new ChannelConnection(address);
        try
        {
            sockets.ConnectCallback = connection.OpenForHandlerAsync;
            return connection;
        }
        catch (InvalidOperationException)
        {
            // The handler has been used by others already.
            return null;
        }
    }

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; State != ConnectivityState.Ready; pause = Longer(pause))
        {
            try
            {
                var stream = await OpenAsync(cancellationToken).ConfigureAwait(false);
                NetworkStream? replaced;
                lock (_lock) (replaced, _waiting) = (_waiting, stream);
                if (replaced is not null) await replaced.DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(pause, _clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task WaitForStateChangedAsync(ConnectivityState last, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_state != last) return;
                changed = _stateChanged.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        NetworkStream? waiting;
        lock (_lock)
        {
            (waiting, _waiting) = (_waiting, null);
            Become(ConnectivityState.Shutdown);
        }

        waiting?.Dispose();
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 1.6 < LongestPause ? pause * 1.6 : LongestPause;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async ValueTask<Stream> OpenForHandlerAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // A handler shared with other channels also asks for connections that are not this channel's.
        if (!context.DnsEndPoint.Equals(_endPoint))
        {
            var socket = await DialAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }

        NetworkStream? waiting;
        lock (_lock) (waiting, _waiting) = (_waiting, null);
        if (waiting is not null)
        {
            if (StillOpen(waiting.Socket)) return waiting;
            await waiting.DisposeAsync().ConfigureAwait(false);
        }

        return await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    // A socket that the peer has closed is readable and has nothing to read.
    private static bool StillOpen(Socket socket) =>
        !(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Available == 0);

    private static async Task<Socket> DialAsync(DnsEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<NetworkStream> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_open == 0) Become(ConnectivityState.Connecting);
        }

        Socket socket;
        try
        {
            socket = await DialAsync(_endPoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                if (_open == 0)
                {
                    Become(exception is OperationCanceledException
                        ? ConnectivityState.Idle
                        : ConnectivityState.TransientFailure);
                }
            }

            throw;
        }

        lock (_lock)
        {
            _open++;
            Become(ConnectivityState.Ready);
        }

        return new WatchedStream(socket, this);
    }

    private void Closed()
    {
        lock (_lock)
        {
            if (--_open == 0) Become(ConnectivityState.Idle);
        }
    }

    private void Become(ConnectivityState state)
    {
        if (_state == state || _state == ConnectivityState.Shutdown) return;
        _state = state;
        var changed = _stateChanged;
        _stateChanged = NewSignal();
        changed.SetResult();
    }

    /// <summary>Tells when the handler is done with the connection.</summary>
    private sealed class WatchedStream(Socket socket, ChannelConnection owner) : NetworkStream(socket, ownsSocket: true)
    {
        private int _closed;

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _closed, 1) == 0) owner.Closed();
            base.Dispose(disposing);
        }
    }
}

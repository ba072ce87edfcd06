using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Ends a call with DEADLINE_EXCEEDED when its time is over before its handler is done.</summary>
internal sealed class ServerDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ServerResponse _response;
    private readonly CancellationTokenSource _cancellation;
    private readonly ILogger _logger;
    private readonly DeadlineTimer _timer;
    private Task? _expiry;
    private bool _stopped;

    public ServerDeadline(
        TimeSpan timeout, ServerResponse response, CancellationTokenSource cancellation, ILogger logger)
    {
        _response = response;
        _cancellation = cancellation;
        _logger = logger;
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        Time = timeout < DateTime.MaxValue - now
            ? now + timeout
            : DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
        _timer = new DeadlineTimer(TimeProvider.System, Time, Expire);
    }

    /// <summary>UTC.</summary>
    public DateTime Time { get; }

    /// <summary>The handler is done. True when the deadline was first; then the response has ended.</summary>
    public async Task<bool> StopAsync()
    {
        Task? expiry;
        lock (_lock)
        {
            _stopped = true;
            expiry = _expiry;
        }

        if (expiry is null) return false;
        await expiry.ConfigureAwait(false);
        return true;
    }

    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        lock (_lock)
        {
            if (!_stopped) _expiry = Task.Run(ExpireAsync);
        }
    }

    private async Task ExpireAsync()
    {
        try
        {
            ServerLog.DeadlineExceeded(_logger, Time);
            // First, so that a write that waits for the client gives way to the status.
            await _cancellation.CancelAsync().ConfigureAwait(false);
            await _response.FinishNowAsync(new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded"))
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ServerLog.DeadlineFailed(_logger, exception);
        }
    }
}

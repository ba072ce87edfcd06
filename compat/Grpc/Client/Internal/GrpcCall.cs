using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// What every call has whatever its messages: one end, reached once, by the server's status, by an error, by its
/// deadline, by cancellation or by disposal.
/// </summary>
internal abstract class GrpcCall : IDisposable
{
    private readonly TaskCompletionSource<Status> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _registration;
    private DeadlineTimer? _deadlineTimer;
    private volatile Metadata? _trailers;
    private volatile bool _endedHere;
    private volatile bool _disposed;

    protected GrpcCall(GrpcChannel channel, CallOptions options)
    {
        RequireUtc(options.Deadline);
        Channel = channel;
        Options = options;
    }

    public GrpcChannel Channel { get; }

    public CallOptions Options { get; }

    /// <summary>Ends what the call has going on in the HTTP client.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    public bool HasEnded => _ended.Task.IsCompleted;

    protected Task<Status> EndedAsync => _ended.Task;

    public Status GetStatus() => HasEnded
        ? _ended.Task.Result
        : throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata GetTrailers() => _trailers
        ?? throw new InvalidOperationException(
            "Can't get the call trailers because the call has not completed successfully.");

    public void Dispose()
    {
        _disposed = true;
        Abort(new Status(StatusCode.Cancelled, "gRPC call disposed."));
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Gives the call up when a read's or write's own token says so.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken token) => token.UnsafeRegister(
        static (call, token) => ((GrpcCall)call!).CancelBy(token), this);

    /// <summary>Ends the call from this side, unless it has ended, and lets the server know.</summary>
    public void Abort(Status status)
    {
        if (!TryEnd(status, null, here: true)) return;
        _cancellation.Cancel();
        Release();
    }

    /// <summary>Ends the call because of an exception, unless it has ended.</summary>
    /// <returns>What to throw for it.</returns>
    public Exception Fail(Exception exception, string doing)
    {
        if (!HasEnded) Abort(StatusOf(exception, doing));
        return EndException();
    }

    /// <summary>What reads and writes throw after the call has ended.</summary>
    public Exception EndException()
    {
        var status = GetStatus();
        var exception = new RpcException(status, _trailers ?? []);
        return Channel.ThrowsOperationCanceled && _endedHere
            && status.StatusCode is StatusCode.Cancelled or StatusCode.DeadlineExceeded
            ? new OperationCanceledException(status.Detail, exception, Options.CancellationToken)
            : exception;
    }

    /// <summary>From here on channel, deadline and caller can end the call, and may do so at once.</summary>
    protected void Watch()
    {
        Channel.Register(this);
        if (Options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            if (deadline <= Channel.Clock.GetUtcNow().UtcDateTime) ExceedDeadline();
            else _deadlineTimer = new DeadlineTimer(Channel.Clock, deadline, ExceedDeadline);
        }

        _registration = CancelWith(Options.CancellationToken);
        // What ended the call in between has not seen the timer and the registration.
        if (HasEnded) Unwatch();
    }

    /// <summary>Ends the call as the server says, unless it has ended.</summary>
    protected void End(Status status, Metadata trailers)
    {
        if (TryEnd(status, trailers, here: false)) Release();
    }

    /// <summary>Lets go of request and response.</summary>
    protected abstract void ReleaseHttp();

    private static void RequireUtc(DateTime? deadline)
    {
        if (deadline is { Kind: not DateTimeKind.Utc }
            && deadline != DateTime.MaxValue && deadline != DateTime.MinValue)
        {
            throw new InvalidOperationException(
                "Deadline must have a kind DateTimeKind.Utc or be equal to DateTime.MaxValue or DateTime.MinValue.");
        }
    }

    private bool TryEnd(Status status, Metadata? trailers, bool here)
    {
        lock (_lock)
        {
            if (HasEnded) return false;
            _trailers = trailers;
            _endedHere = here;
            _ended.SetResult(status);
            return true;
        }
    }

    private void Release()
    {
        Unwatch();
        ReleaseHttp();
    }

    private void Unwatch()
    {
        Channel.Unregister(this);
        _deadlineTimer?.Dispose();
        // Not waiting for a callback that runs: it may be the one that led here.
        _registration.Unregister();
    }

    private void ExceedDeadline() => Abort(new Status(StatusCode.DeadlineExceeded, ""));

    private void CancelBy(CancellationToken token) => Abort(new Status(
        StatusCode.Cancelled, "Call canceled by the client.", new OperationCanceledException(token)));

    // The server knows the deadline too and may be the first to act on it.
    private Status StatusOf(Exception exception, string doing)
    {
        var status = FailureStatus.Of(exception, doing);
        return status.StatusCode == StatusCode.Cancelled && Options.Deadline <= Channel.Clock.GetUtcNow().UtcDateTime
            ? new Status(StatusCode.DeadlineExceeded, "", exception)
            : status;
    }
}

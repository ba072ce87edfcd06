using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>The request stream of a call.</summary>
internal sealed class ClientStreamWriter<TRequest, TResponse>(
    GrpcCall<TRequest, TResponse> call, StreamingContent content) : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private readonly Lock _lock = new();
    private bool _writing;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; } = call.Options.WriteOptions;

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        call.ThrowIfDisposed();
        using var registration = call.CancelWith(cancellationToken);
        Begin();
        try
        {
            using var frame = call.Serialize(message);
            await SendAsync(frame).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _writing = false;
        }
    }

    public Task CompleteAsync()
    {
        call.ThrowIfDisposed();
        lock (_lock)
        {
            if (_writing)
            {
                return Task.FromException(new InvalidOperationException(
                    "Can't complete the client stream writer because the previous write is in progress."));
            }

            _completed = true;
        }

        content.End();
        return Task.CompletedTask;
    }

    private async Task SendAsync(MessageFrame frame)
    {
        try
        {
            var stream = await content.OpenedAsync.ConfigureAwait(false);
            await call.WriteAsync(stream, frame, WriteOptions).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            throw await call.WriteFailedAsync(exception).ConfigureAwait(false);
        }
    }

    private void Begin()
    {
        lock (_lock)
        {
            if (_completed) throw new InvalidOperationException("Request stream has already been completed.");
            if (call.HasEnded) throw call.EndException();
            if (_writing)
            {
                throw new InvalidOperationException(
                    "Can't write the message because the previous write is in progress.");
            }

            _writing = true;
        }
    }
}

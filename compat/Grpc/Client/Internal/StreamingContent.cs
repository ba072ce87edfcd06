using System.Net;

namespace Grpc.Net.Client.Internal;

/// <summary>A request that stays open while its call writes messages.</summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Continues inline: END_STREAM must be on its way before the caller can dispose the call, which would reset it.
    private readonly TaskCompletionSource _ended = new();

    /// <summary>The request body, once the request has been sent.</summary>
    public Task<Stream> OpenedAsync => _opened.Task;

    public void End() => _ended.TrySetResult();

    /// <summary>Leaves the request without an end, which resets it if it is still open.</summary>
    public void Abort()
    {
        if (_opened.TrySetCanceled()) _ = _opened.Task.Exception;
        if (_ended.TrySetCanceled()) _ = _ended.Task.Exception;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The server may have something to say before the first message: let it see the headers.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        _opened.TrySetResult(stream);
        await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

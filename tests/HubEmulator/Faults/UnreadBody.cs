using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>A request body that is read up to a place; there the reader waits until the client goes away.</summary>
internal sealed class UnreadBody(HttpContext context, Stream body, long end, TaskCompletionSource? reached) : OneWayBody
{
    private long _read;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read == end)
        {
            reached?.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(false);
        }
        var read = await body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, end - _read)], cancellationToken)
            .ConfigureAwait(false);
        _read += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

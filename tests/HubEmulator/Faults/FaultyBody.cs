using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>A response body that breaks, stalls, crawls or lies.</summary>
internal sealed class FaultyBody(HttpContext context, Stream body, Fault fault) : OneWayBody
{
    private long _sent;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (fault.WrongBytes)
            buffer = buffer.ToArray().Select(one => (byte)~one).ToArray();
        var left = (fault.CutAfter ?? (fault.Stall ? 1 : long.MaxValue)) - _sent;
        if (buffer.Length < left)
        {
            await PassAsync(buffer, cancellationToken).ConfigureAwait(false);
            return;
        }
        await PassAsync(buffer[..(int)left], cancellationToken).ConfigureAwait(false);
        await body.FlushAsync(cancellationToken).ConfigureAwait(false);
        fault.Reached?.TrySetResult();
        if (fault.Stall)
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(false);
        if (fault.Reset)
            context.Abort();
        // Leaving the handler like this, the server sends what was written and then closes the connection.
        throw new FaultHappenedException();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

    private async Task PassAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _sent += buffer.Length;
        if (fault.BytesPerSecond is not { } speed)
        {
            await body.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            return;
        }
        foreach (var piece in buffer.ToArray().Chunk(Math.Max(1, speed / 10)))
        {
            await body.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            await body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(100, context.RequestAborted).ConfigureAwait(false);
        }
    }
}

/// <summary>The connection is gone as planned.</summary>
internal sealed class FaultHappenedException : IOException;

/// <summary>A body that passes forwards, one way and asynchronously.</summary>
internal abstract class OneWayBody : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

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

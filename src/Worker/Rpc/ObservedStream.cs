namespace FineWebTorch.Worker.Rpc;

/// <summary>Passes everything on, and keeps the first byte that came: it tells what the other end speaks.</summary>
internal class ObservedStream(Stream inner) : Stream
{
    /// <summary>Negative while none has come.</summary>
    public int FirstByte { get; private set; } = -1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        Note(buffer[..count]);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Note(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    /// <param name="first">What came first.</param>
    protected virtual void Begin(ReadOnlySpan<byte> first)
    {
    }

    private void Note(ReadOnlySpan<byte> came)
    {
        if (FirstByte >= 0 || came.IsEmpty)
            return;
        FirstByte = came[0];
        Begin(came);
    }
}

/// <summary>An unencrypted connection, of which the first bytes tell that the other end wants it otherwise.</summary>
internal sealed class PlainPeerStream(Stream inner) : ObservedStream(inner)
{
    /// <exception cref="WrongPeerException">It is no HTTP/2 that came.</exception>
    protected override void Begin(ReadOnlySpan<byte> first)
    {
        // Either is how TLS answers who does not speak it.
        if (FirstByte == CoordinatorTls.Alert || first.StartsWith("HTTP/1"u8))
            throw new WrongPeerException(
                "it speaks TLS, or is no coordinator: give https:// and the join token, FINEWEB_JOIN=TOKEN, as 'coordinator " +
                "token show' prints them there");
    }
}

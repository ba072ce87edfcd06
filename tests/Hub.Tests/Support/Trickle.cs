namespace FineWebTorch.Hub.Tests;

/// <summary>Answers as a server sends them that is never silent: some bytes, then a pause, and so on.</summary>
/// <param name="bytes">That each read brings.</param>
/// <param name="pause">That passes on the clock with each read; shorter than the limit on silence.</param>
internal sealed class Trickle(HttpMessageHandler inner, AutoTime time, int bytes, TimeSpan pause) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancelled)
    {
        var response = await base.SendAsync(request, cancelled);
        var slow = new StreamContent(new Slow(await response.Content.ReadAsStreamAsync(cancelled), time, bytes, pause));
        foreach (var (name, values) in response.Content.Headers)
            slow.Headers.TryAddWithoutValidation(name, values);
        response.Content = slow;
        return response;
    }

    private sealed class Slow(Stream body, AutoTime time, int bytes, TimeSpan pause) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.Advance(pause);
            return body.ReadAsync(buffer[..Math.Min(bytes, buffer.Length)], cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                body.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Net;

namespace FineWebTorch.Hub;

/// <summary>
/// A range of a local file as a request body with a length. It opens the file itself, so a repeated request always
/// starts at the range's first byte.
/// </summary>
internal sealed class FileSliceContent(string path, long offset, long length) : HttpContent
{
    /// <summary>Called after each piece is on its way.</summary>
    public Action<int>? Sent { get; set; }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var buffer = new byte[256 << 10];
        for (long done = 0; done < length;)
        {
            var want = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done));
            var read = await RandomAccess.ReadAsync(file, want, offset + done, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw new EndOfStreamException($"{path} became shorter while it was uploaded");
            await stream.WriteAsync(want[..read], cancellationToken).ConfigureAwait(false);
            done += read;
            Sent?.Invoke(read);
        }
    }
}

using System.Globalization;

namespace FineWebTorch.HubEmulator;

/// <summary>Sends a file or one range of it.</summary>
internal static class FileAnswer
{
    public static async Task SendAsync(Exchange exchange, string path, string etag)
    {
        var size = new FileInfo(path).Length;
        var response = exchange.Response;
        response.Headers.ETag = $"\"{etag}\"";
        response.Headers.AcceptRanges = "bytes";
        response.ContentType ??= "application/octet-stream";
        var (start, end) = Range(exchange.Request.Headers.Range.ToString(), size);
        if (size == 0)
            response.Headers.ContentRange = "bytes */0";
        else if (start is null)
        {
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            await exchange.EmptyAsync(416).ConfigureAwait(false);
            return;
        }
        else if (end is not null)
        {
            response.StatusCode = 206;
            response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture, $"bytes {start}-{end}/{size}");
        }
        var (from, to) = (start ?? 0, end ?? (size - 1));
        response.ContentLength = to - from + 1;
        if (!exchange.IsHead)
            await CopyAsync(path, from, to - from + 1, response.Body).ConfigureAwait(false);
    }

    /// <returns>(null, null) for a range past the end; end is null where the whole file is wanted.</returns>
    private static (long? Start, long? End) Range(string header, long size)
    {
        if (!header.StartsWith("bytes=", StringComparison.Ordinal) || header.Contains(',', StringComparison.Ordinal))
            return (0, null);
        var ends = header[6..].Split('-');
        if (ends[0].Length == 0)
            return (Math.Max(0, size - long.Parse(ends[1], CultureInfo.InvariantCulture)), size - 1);
        var start = long.Parse(ends[0], CultureInfo.InvariantCulture);
        var end = ends[1].Length == 0 ? size - 1
            : Math.Min(size - 1, long.Parse(ends[1], CultureInfo.InvariantCulture));
        return start >= size ? (null, null) : (start, end);
    }

    private static async Task CopyAsync(string path, long offset, long length, Stream to)
    {
        using var file = File.OpenHandle(path);
        var buffer = new byte[Math.Min(length, 128 << 10)];
        while (length > 0)
        {
            var read = await RandomAccess.ReadAsync(
                file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), offset)
                .ConfigureAwait(false);
            await to.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
            offset += read;
            length -= read;
        }
    }
}

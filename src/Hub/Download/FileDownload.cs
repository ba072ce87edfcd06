using System.Buffers;
using System.Threading.Channels;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// Fetches a file into a local one: parts in parallel, written and hashed in the order of the file, so that the local
/// file's length is what has been fetched and another process can continue it.
/// </summary>
internal sealed class FileDownload(RemoteFileReader reader, DownloadOptions options)
{
    private readonly RemoteFile _file = reader.File;

    /// <param name="path">May hold the beginning of the file from an earlier attempt.</param>
    /// <returns>Once all bytes are there and have the promised digest.</returns>
    /// <exception cref="HubException">
    /// It failed. Unless the content was wrong, what has come stays for another attempt.
    /// </exception>
    public async Task RunAsync(string path, CancellationToken cancellationToken)
    {
        using var local = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 20);
        if (local.Length > _file.Size)
            local.SetLength(0);
        using var digest = new ContentDigest(_file);
        await HashAsync(local, digest, cancellationToken).ConfigureAwait(false);
        try
        {
            await FetchPartsAsync(local, digest, cancellationToken).ConfigureAwait(false);
        }
        catch (RangeIgnoredException)
        {
            await FetchWholeAsync(local, cancellationToken).ConfigureAwait(false);
            return;
        }
        finally
        {
            await local.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        digest.Check();
    }

    private static async Task HashAsync(FileStream local, ContentDigest digest, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 20];
        while (await local.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
            digest.Append(buffer.AsSpan(0, read));
    }

    private async Task FetchPartsAsync(FileStream local, ContentDigest digest, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The consumer holds one part more than the channel does.
        var parts = Channel.CreateBounded<Task<Part>>(Math.Max(1, options.Connections - 1));
        var producer = StartPartsAsync(local.Position, parts.Writer, stop.Token);
        try
        {
            await foreach (var pending in parts.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                using var part = await pending.ConfigureAwait(false);
                digest.Append(part.Bytes.Span);
                await local.WriteAsync(part.Bytes, cancellationToken).ConfigureAwait(false);
                options.Progress?.Report(new DownloadProgress(_file, local.Position));
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await DrainAsync(producer, parts.Reader).ConfigureAwait(false);
            throw;
        }
        await producer.ConfigureAwait(false);
    }

    private async Task StartPartsAsync(long start, ChannelWriter<Task<Part>> parts, CancellationToken cancellationToken)
    {
        try
        {
            for (; start < _file.Size; start += options.PartSize)
            {
                await parts.WaitToWriteAsync(cancellationToken).ConfigureAwait(false);
                var length = (int)Math.Min(options.PartSize, _file.Size - start);
                parts.TryWrite(FetchPartAsync(start, length, cancellationToken));
            }
        }
        finally
        {
            parts.Complete();
        }
    }

    private async Task<Part> FetchPartAsync(long start, int length, CancellationToken cancellationToken)
    {
        var part = new Part(length);
        try
        {
            await reader.ReadAsync(start, part.Bytes, cancellationToken).ConfigureAwait(false);
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    /// <summary>Waits until no part is under way, so that nothing uses the reader afterwards.</summary>
    private static async Task DrainAsync(Task producer, ChannelReader<Task<Part>> parts)
    {
        await ((Task)producer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (parts.TryRead(out var pending))
        {
            await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pending.IsCompletedSuccessfully)
                (await pending.ConfigureAwait(false)).Dispose();
        }
    }

    private async Task FetchWholeAsync(FileStream local, CancellationToken cancellationToken)
    {
        var digest = new ContentDigest(_file);
        try
        {
            await reader.CopyAsync(
                () =>
                {
                    local.SetLength(0);
                    digest.Dispose();
                    digest = new ContentDigest(_file);
                },
                bytes =>
                {
                    digest.Append(bytes.Span);
                    local.Write(bytes.Span);
                    options.Progress?.Report(new DownloadProgress(_file, local.Position));
                },
                cancellationToken).ConfigureAwait(false);
            digest.Check();
        }
        finally
        {
            digest.Dispose();
        }
    }

    private sealed class Part(int length) : IDisposable
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(length);

        public Memory<byte> Bytes => _buffer.AsMemory(0, length);

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}

/// <summary>How files are fetched.</summary>
public sealed record DownloadOptions
{
    /// <summary>Bytes asked for in one request. Each connection holds as much in memory.</summary>
    public int PartSize { get; init; } = 16 << 20;

    /// <summary>Parts of one file under way at a time.</summary>
    public int Connections { get; init; } = 6;

    /// <summary>Bytes that must stay free on the disk.</summary>
    public long DiskReserve { get; init; } = 1L << 30;

    /// <summary>What to do about a full disk besides making room, for the error line.</summary>
    public string DiskAdvice { get; init; } = "set HF_HUB_CACHE to another disk";

    /// <summary>Free bytes of the disk that a folder is on.</summary>
    public Func<string, long> FreeSpace { get; init; } = static folder => DiskRoom.Of(folder).Free;

    /// <summary>Told of bytes as they are written to disk.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Told of bytes as they arrive, by several threads.</summary>
    public Action<int>? Received { get; init; }

    /// <param name="bytes">To be written below the folder.</param>
    /// <exception cref="HubException"><see cref="HubErrorKind.DiskFull"/>: there is too little room.</exception>
    internal void DemandRoom(string folder, long bytes)
    {
        if (bytes <= 0)
            return;
        var free = FreeSpace(folder);
        if (free - bytes < DiskReserve)
            throw new HubException(
                HubErrorKind.DiskFull,
                $"{folder}: the disk has {NumberText.Size(free)} free, {NumberText.Size(bytes)} are to be written " +
                $"and {NumberText.Size(DiskReserve)} kept free; make room or {DiskAdvice}");
    }
}

/// <param name="Bytes">Written so far, what an earlier attempt left included.</param>
public readonly record struct DownloadProgress(RemoteFile File, long Bytes);

using FineWebTorch.Common;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Hub;

/// <summary>
/// A remote file of which only chosen ranges are fetched into a local, sparse file of the same size. Any reader can
/// open it; what has not been fetched reads as zeros.
/// </summary>
public sealed class PartialFile : IDisposable
{
    private const int LongestRead = 16 << 20;

    /// <summary>Nobody reads a longer one, and before it is known what is wrong with it, it would have to be fetched.</summary>
    private const long LargestFooter = 256 << 20;

    /// <summary>A hole smaller than this is fetched along: cheaper than another request.</summary>
    private const long SmallHole = 256 << 10;

    private readonly RemoteFileReader _reader;
    private readonly SafeFileHandle _local;
    private readonly ByteRanges _present = new();
    private readonly SemaphoreSlim _one = new(1);

    private PartialFile(RemoteFileReader reader, string path, SafeFileHandle local)
    {
        _reader = reader;
        Path = path;
        _local = local;
    }

    /// <summary>Where the local file is.</summary>
    public string Path { get; }

    public RemoteFile File => _reader.File;

    public long BytesFetched => _reader.BytesFetched;

    public int Requests => _reader.Requests;

    /// <summary>Makes the local file; one that is there is replaced. Nothing is fetched yet.</summary>
    /// <param name="reader">Belongs to the new object.</param>
    public static PartialFile Create(RemoteFileReader reader, string path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        var local = System.IO.File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(local, reader.File.Size);
        return new PartialFile(reader, path, local);
    }

    /// <summary>Fetches what is missing of the ranges, near ones together.</summary>
    /// <param name="ranges">Inside the file; (offset, length) in bytes.</param>
    public async Task EnsureAsync(
        IEnumerable<(long Offset, long Length)> ranges, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var (start, end) in _present.Missing(ranges, SmallHole))
                await FetchAsync(start, end, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Fetches the footer of a Parquet file: its last 8 bytes say how long it is.</summary>
    /// <param name="guess">Bytes fetched at first from the end, in the hope that they hold all of it.</param>
    /// <exception cref="HubException">
    /// The file does not end as a Parquet file does, or would have more than 256 MiB of footer.
    /// </exception>
    public async Task EnsureParquetFooterAsync(int guess = 1 << 16, CancellationToken cancellationToken = default)
    {
        const int TailSize = 8;
        if (File.Size < TailSize + 4)
            throw NotParquet();
        var size = Math.Min(Math.Max(guess, TailSize), File.Size);
        await EnsureAsync([(0, 4), (File.Size - size, size)], cancellationToken).ConfigureAwait(false);
        var tail = new byte[TailSize];
        RandomAccess.Read(_local, tail, File.Size - TailSize);
        var footer = BitConverter.ToUInt32(tail) + (long)TailSize;
        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8) || footer > File.Size - 4)
            throw NotParquet();
        if (footer > LargestFooter)
            throw Wrong($"has a footer of {NumberText.Size(footer)}, over the limit of {NumberText.Size(LargestFooter)}");
        await EnsureAsync([(File.Size - footer, footer)], cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _local.Dispose();
        _reader.Dispose();
        _one.Dispose();
    }

    private async Task FetchAsync(long start, long end, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(LongestRead, end - start)];
        while (start < end)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, end - start));
            await _reader.ReadAsync(start, part, cancellationToken).ConfigureAwait(false);
            await RandomAccess.WriteAsync(_local, part, start, cancellationToken).ConfigureAwait(false);
            _present.Add(start, start + part.Length);
            start += part.Length;
        }
    }

    private HubException NotParquet() => Wrong("is not a Parquet file");

    private HubException Wrong(string how) => new(HubErrorKind.WrongContent, $"{File} {how}")
    {
        Repository = File.Repository,
    };
}

/// <summary>A set of byte positions, kept as disjoint ranges in order.</summary>
internal sealed class ByteRanges
{
    private readonly List<(long Start, long End)> _ranges = [];

    public void Add(long start, long end)
    {
        if (start >= end)
            return;
        var touching = _ranges.FindAll(range => range.Start <= end && start <= range.End);
        foreach (var range in touching)
        {
            start = Math.Min(start, range.Start);
            end = Math.Max(end, range.End);
            _ranges.Remove(range);
        }
        var index = _ranges.FindIndex(range => range.Start > start);
        _ranges.Insert(index < 0 ? _ranges.Count : index, (start, end));
    }

    /// <summary>What is wanted and not in the set, in order.</summary>
    /// <param name="smallHole">Missing ranges no further apart than this are joined.</param>
    public List<(long Start, long End)> Missing(IEnumerable<(long Offset, long Length)> wanted, long smallHole)
    {
        var missing = new List<(long Start, long End)>();
        foreach (var (offset, length) in wanted.OrderBy(range => range.Offset))
        {
            var (position, end) = (offset, offset + length);
            foreach (var have in _ranges.Where(range => range.End > offset && range.Start < end))
            {
                Append(missing, position, Math.Min(have.Start, end), smallHole);
                position = Math.Max(position, have.End);
            }
            Append(missing, position, end, smallHole);
        }
        return missing;
    }

    private static void Append(List<(long Start, long End)> missing, long start, long end, long smallHole)
    {
        if (missing.Count > 0)
            start = Math.Max(start, missing[^1].End);
        if (start >= end)
            return;
        if (missing.Count > 0 && start - missing[^1].End <= smallHole)
            missing[^1] = (missing[^1].Start, end);
        else
            missing.Add((start, end));
    }
}

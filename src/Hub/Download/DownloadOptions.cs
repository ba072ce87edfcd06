namespace FineWebTorch.Hub;

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
    public Func<string, long> FreeSpace { get; init; } = static folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Told of bytes as they are written to disk.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }
}

/// <param name="Bytes">Written so far, what an earlier attempt left included.</param>
public readonly record struct DownloadProgress(RemoteFile File, long Bytes);

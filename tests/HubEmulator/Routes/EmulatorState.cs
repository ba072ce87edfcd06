using System.Net;

namespace FineWebTorch.HubEmulator;

/// <summary>What all routes share.</summary>
internal sealed class EmulatorState
{
    public EmulatorState(EmulatorOptions options)
    {
        Options = options;
        Store = new RepositoryStore(options.Root, options.Time);
        Garbage = new GarbageCollection(Store, options.ObjectLife, options.Time);
        Signatures = new SignedUrls(options.Time);
        Quota = new QuotaCounter(options.Quota, options.Time);
    }

    public EmulatorOptions Options { get; }

    public RepositoryStore Store { get; }

    public GarbageCollection Garbage { get; }

    public SignedUrls Signatures { get; }

    public FaultPlan Faults { get; } = new();

    public RequestLog Log { get; } = new();

    public QuotaCounter Quota { get; }

    /// <summary>Without a slash at the end; set once the ports are known.</summary>
    public string HubUrl { get; set; } = "";

    public string DataUrl { get; set; } = "";
}

/// <summary>What an emulated Hub is like.</summary>
public sealed record EmulatorOptions
{
    /// <summary>Everything is kept below this folder and found there again by another start.</summary>
    public required string Root { get; init; }

    /// <summary>Loopback only.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 for any free one. The storage's port is always a free one.</summary>
    public int Port { get; init; }

    /// <summary>The storage's host name in signed addresses: another than the Hub's, as in real life.</summary>
    public string DataHost { get; init; } = "localhost";

    /// <summary>The token that may do everything; null accepts any, and none.</summary>
    public string? Token { get; init; }

    /// <summary>A token that may only read and open pull requests.</summary>
    public string? ReadToken { get; init; }

    /// <summary>Whether that token may also upload content for its pull requests.</summary>
    public bool ReadTokenUploads { get; init; }

    public string User { get; init; } = "alice";

    /// <summary>Rows of a listing page. The real Hub's is 1000.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Files above this size are LFS files whatever their name.</summary>
    public long LargestPlainFile { get; init; } = 10 << 20;

    /// <summary>LFS files above this size are uploaded in parts.</summary>
    public long MultipartThreshold { get; init; } = 64 << 20;

    public long ChunkSize { get; init; } = 16 << 20;

    /// <summary>How long signed addresses are good.</summary>
    public TimeSpan DownloadLife { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan UploadLife { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long content is kept that no commit names; null for ever. The real Hub's is a day or so.</summary>
    public TimeSpan? ObjectLife { get; init; }

    /// <summary>Announce Xet in headers and listings, as the real Hub does for files stored in it.</summary>
    public bool AnnounceXet { get; init; }

    /// <summary>Requests of each bucket in a window of five minutes; null for no limit.</summary>
    public int? Quota { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

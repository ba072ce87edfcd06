using System.Collections.Concurrent;

namespace FineWebTorch.Hub;

/// <summary>
/// The parts of an object that storage has. Keep it (it is plain data) and an upload that was interrupted sends only
/// the parts that are missing, as long as the Hub continues the same multipart upload.
/// </summary>
public sealed class MultipartState
{
    /// <summary>Which upload the parts belong to.</summary>
    public string? UploadId { get; set; }

    /// <summary>ETag by part number, from 1.</summary>
    public ConcurrentDictionary<int, string> Etags { get; init; } = new();

    internal void Continue(string uploadId)
    {
        if (UploadId == uploadId)
            return;
        UploadId = uploadId;
        Etags.Clear();
    }
}

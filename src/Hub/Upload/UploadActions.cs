using System.Collections.Concurrent;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>Content for the storage.</summary>
/// <param name="Oid">sha256 of the content.</param>
public sealed record LfsObject(string Oid, long Size);

/// <summary>
/// What is left to do for an object to be in a repository's storage. The addresses are signed and good for about 15
/// minutes: ask for them just before uploading. Asking again is harmless, and tells whether the object is there by now.
/// </summary>
/// <param name="UploadUrl">
/// Where to PUT the content or, with parts, to POST their list; null when it is stored already.
/// </param>
/// <param name="ChunkSize">Bytes of every part but the last; null for one piece.</param>
/// <param name="PartUrls">Where to PUT each part, in order; empty for one piece.</param>
/// <param name="VerifyUrl">
/// Where the holder of the token has the upload checked; null where the Hub offers no check.
/// </param>
public sealed record UploadActions(
    LfsObject Blob, string? UploadUrl, long? ChunkSize, IReadOnlyList<string> PartUrls, string? VerifyUrl)
{
    public bool IsStored => UploadUrl is null;

    public bool IsMultipart => ChunkSize is not null;

    /// <summary>Names one multipart upload across renewals of its addresses, without being a credential.</summary>
    internal string MultipartId
    {
        get
        {
            var query = SignedUrl.ReadQuery(SignedUrl.Create(UploadUrl!));
            var id = query.TryGetValue("uploadId", out var named) ? named : UploadUrl!;
            return Sha256.Of(id);
        }
    }

    /// <summary>Without any address.</summary>
    public override string ToString() =>
        $"{Blob.Oid}: {(IsStored ? "stored" : IsMultipart ? $"{PartUrls.Count} parts" : "one piece")}";
}

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

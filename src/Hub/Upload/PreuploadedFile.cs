namespace FineWebTorch.Hub;

/// <summary>How a file travels.</summary>
public enum UploadMode
{
    /// <summary>Inside the commit.</summary>
    Regular,

    /// <summary>To the storage, before the commit.</summary>
    Lfs,
}

/// <summary>The Hub's word on a file before it is uploaded.</summary>
/// <param name="Ignored">The repository's <c>.gitignore</c> names it: leave it out.</param>
/// <param name="RemoteId">
/// Of what is at that path now: sha256 for LFS, git's blob id for plain files; null for nothing.
/// </param>
public sealed record PreuploadedFile(UploadFile File, UploadMode Mode, bool Ignored, string? RemoteId)
{
    /// <summary>The path holds this very content already: there is nothing to commit.</summary>
    public bool IsUnchanged => RemoteId is not null && (RemoteId == File.Sha256 || RemoteId == File.BlobId);
}

/// <param name="HeadCommit">Of the branch; null where the Hub did not say.</param>
public sealed record PreuploadResult(IReadOnlyList<PreuploadedFile> Files, string? HeadCommit);

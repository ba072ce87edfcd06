namespace FineWebTorch.Hub;

/// <summary>A file or folder of a repository, as a listing shows it.</summary>
/// <param name="Size">Of the content, in bytes; 0 for a folder.</param>
/// <param name="BlobId">Git's id: of the content of a plain file, of the pointer of an LFS file.</param>
/// <param name="Sha256">Of the content of an LFS file; null for plain files.</param>
/// <param name="LastCommit">The newest commit that touched it, where the listing was asked to expand.</param>
public sealed record HubFile(
    string Path, bool IsFolder, long Size, string BlobId, string? Sha256, HubCommit? LastCommit)
{
    /// <summary>
    /// What the content is compared by, here and in a preupload answer: sha256 for LFS, git's blob id otherwise.
    /// </summary>
    public string ContentId => Sha256 ?? BlobId;
}

/// <param name="Id">40 hex digits.</param>
public sealed record HubCommit(string Id, string Title, DateTimeOffset? Date);

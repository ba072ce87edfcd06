namespace FineWebTorch.Hub;

/// <summary>A file of one commit, named by content.</summary>
/// <param name="Commit">40 hex digits.</param>
/// <param name="Etag">
/// sha256 of the content for LFS files, git's blob id for plain ones; names the blob in the cache.
/// </param>
/// <param name="Size">In bytes.</param>
public sealed record RemoteFile(HubRepository Repository, string Commit, string Path, string Etag, long Size)
{
    /// <summary>Null for a plain file.</summary>
    public string? Sha256 => Etag.Length == 64 ? Etag : null;

    public override string ToString() => $"{Repository}/{Path}";
}

namespace FineWebTorch.Hub;

/// <summary>One change of a commit. Within a commit deletions come before additions.</summary>
/// <param name="Path">In the repository, without slashes around it.</param>
public abstract record CommitOperation(string Path)
{
    /// <summary>A file whose content travels in the commit itself; at most 10 MiB.</summary>
    public sealed record AddFile(string Path, byte[] Content) : CommitOperation(Path);

    /// <summary>A file whose content is in the repository's storage.</summary>
    /// <param name="Oid">sha256 of the content.</param>
    public sealed record AddLfsFile(string Path, string Oid, long Size) : CommitOperation(Path);

    public sealed record DeleteFile(string Path) : CommitOperation(Path);

    /// <summary>Everything below a folder.</summary>
    public sealed record DeleteFolder(string Path) : CommitOperation(Path);

    internal bool IsDeletion => this is DeleteFile or DeleteFolder;
}

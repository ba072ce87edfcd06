using System.Text;

namespace FineWebTorch.Hub;

/// <summary>
/// Writes the shared cache so that other tools and other processes, on this machine or on a shared file system, can
/// read and write it at the same time: everything appears by a rename, and nothing relies on a lock.
/// </summary>
internal sealed class HubCacheWriter(HubCache cache)
{
    private static readonly byte[] Tag = Encoding.ASCII.GetBytes(
        "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of Hugging Face tools.\n");

    /// <summary>Makes the folders of a repository.</summary>
    public void Prepare(HubRepository repository)
    {
        Directory.CreateDirectory(Path.Combine(cache.RepositoryFolder(repository), "blobs"));
        var tag = Path.Combine(cache.Folder, "CACHEDIR.TAG");
        if (!File.Exists(tag))
            WriteByRename(tag, Tag);
    }

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    public void WriteReference(HubRepository repository, string revision, string commit)
    {
        if (revision == commit)
            return;
        var path = cache.ReferenceFile(repository, revision);
        if (!File.Exists(path) || File.ReadAllText(path) != commit)
            WriteByRename(path, Encoding.ASCII.GetBytes(commit));
    }

    public void WriteAbsence(HubRepository repository, string commit, string path)
    {
        if (cache.AbsenceFile(repository, commit, path) is var file && !File.Exists(file))
            WriteByRename(file, []);
    }

    /// <summary>Makes a complete, checked temporary file the blob.</summary>
    public void Publish(RemoteFile file, string temporary)
    {
        if (cache.Symlinks)
        {
            File.Move(temporary, cache.BlobFile(file.Repository, file.Etag), overwrite: true);
            return;
        }
        var snapshot = cache.SnapshotFile(file.Repository, file.Commit, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        File.Move(temporary, snapshot, overwrite: true);
    }

    /// <summary>Makes the snapshot's entry point at the blob, by a relative link.</summary>
    /// <returns>The entry.</returns>
    public string Link(RemoteFile file)
    {
        var entry = cache.SnapshotFile(file.Repository, file.Commit, file.Path);
        if (!cache.Symlinks)
            return entry;
        var folder = Path.GetDirectoryName(entry)!;
        Directory.CreateDirectory(folder);
        var target = Path.GetRelativePath(folder, cache.BlobFile(file.Repository, file.Etag));
        if (new FileInfo(entry).LinkTarget == target)
            return entry;
        var temporary = Temporary(entry);
        File.CreateSymbolicLink(temporary, target);
        File.Move(temporary, entry, overwrite: true);
        return entry;
    }

    private static void WriteByRename(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = Temporary(path);
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }

    private static string Temporary(string path) => $"{path}.{Guid.NewGuid().ToString("N")[..8]}.tmp";
}

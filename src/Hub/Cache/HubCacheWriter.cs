using System.Text;
using FineWebTorch.Common;

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
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public void Prepare(HubRepository repository) => Write(() =>
    {
        Directory.CreateDirectory(Path.Combine(cache.RepositoryFolder(repository), "blobs"));
        var tag = Path.Combine(cache.Folder, "CACHEDIR.TAG");
        if (!File.Exists(tag))
            AtomicFile.Write(tag, Tag);
    });

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public void WriteReference(HubRepository repository, string revision, string commit)
    {
        if (revision == commit)
            return;
        var path = cache.ReferenceFile(repository, revision);
        if (!File.Exists(path) || File.ReadAllText(path) != commit)
            Write(() => AtomicFile.Write(path, Encoding.ASCII.GetBytes(commit)));
    }

    /// <exception cref="IOException">Nothing can be written there.</exception>
    public void WriteAbsence(HubRepository repository, string commit, string path)
    {
        if (cache.AbsenceFile(repository, commit, path) is var file && !File.Exists(file))
            Write(() => AtomicFile.Write(file, []));
    }

    /// <summary>Whether the content is in the cache, linked or not.</summary>
    public bool IsStored(RemoteFile file) =>
        File.Exists(BlobOf(file)) || (!cache.Symlinks && File.Exists(SnapshotOf(file)));

    /// <summary>Makes a complete, checked temporary file the blob; without links, the snapshot's entry itself.</summary>
    public void Publish(RemoteFile file, string temporary)
    {
        using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(handle);
        AtomicFile.Move(
            temporary,
            cache.Symlinks ? BlobOf(file)
                : ForeignPath.CombineToWrite(cache.SnapshotFolder(file.Repository, file.Commit), file.Path));
    }

    /// <summary>
    /// Makes the snapshot's entry point at the blob, by a relative link; without links, a copy of a blob that came into
    /// the cache where there were some.
    /// </summary>
    /// <returns>The entry.</returns>
    public string Link(RemoteFile file)
    {
        var blob = BlobOf(file);
        var entry = ForeignPath.CombineToWrite(cache.SnapshotFolder(file.Repository, file.Commit), file.Path);
        var folder = Path.GetDirectoryName(entry)!;
        var target = Path.GetRelativePath(folder, blob);
        if (cache.Symlinks ? new FileInfo(entry).LinkTarget == target : File.Exists(entry))
            return entry;
        Directory.CreateDirectory(folder);
        if (!cache.Symlinks)
            Copy(blob, entry);
        else
        {
            var temporary = $"{entry}.{Guid.NewGuid().ToString("N")[..8]}.tmp";
            File.CreateSymbolicLink(temporary, target);
            AtomicFile.Move(temporary, entry);
        }

        return entry;
    }

    private static void Copy(string blob, string entry)
    {
        using var from = File.OpenRead(blob);
        using var to = AtomicFile.Create(entry);
        from.CopyTo(to.Stream);
        to.Commit();
    }

    private string BlobOf(RemoteFile file) => cache.BlobFile(file.Repository, file.Etag);

    private string SnapshotOf(RemoteFile file) => cache.SnapshotFile(file.Repository, file.Commit, file.Path);

    /// <summary>The first thing that is written meets a home folder without the right to.</summary>
    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception refused) when (
            refused is IOException or UnauthorizedAccessException && !DiskFaults.IsFull(refused))
        {
            throw new IOException(
                $"{cache.Folder}: the Hub's cache cannot be written to ({refused.Message.TrimEnd('.')}); name another " +
                "folder by HF_HUB_CACHE",
                refused);
        }
    }
}

using System.Security.Cryptography;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

internal static class ServerFiles
{
    /// <summary>Commits files to main; those with a Parquet or weights name as LFS files.</summary>
    public static string Put(Repository repository, (string Path, byte[] Content)[] files)
    {
        var commit = repository.Add(repository.Require("main"), "prepared", "", (id, tree) =>
        {
            foreach (var (path, content) in files)
                tree[path] = Entry(repository, id, path, content);
        });
        repository.State.Refs["refs/heads/main"] = commit.Id;
        repository.Save();
        return commit.Id;
    }

    /// <summary>Bytes that compress badly and differ by seed.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static TreeEntry Entry(Repository repository, string commit, string path, byte[] content)
    {
        var isLfs = path.EndsWith(".parquet", StringComparison.Ordinal) ||
            path.EndsWith(".safetensors", StringComparison.Ordinal);
        if (!isLfs || content.Length == 0)
            return repository.AddBlob(content, commit);
        var oid = Sha256(content);
        Directory.CreateDirectory(Path.GetDirectoryName(repository.LfsFile(oid))!);
        File.WriteAllBytes(repository.LfsFile(oid), content);
        return TreeEntry.OfLfs(oid, content.Length, commit);
    }
}

namespace FineWebTorch.HubEmulator;

/// <param name="Entry">Null for a folder.</param>
internal sealed record TreeRow(string Path, TreeEntry? Entry);

/// <summary>Folders out of the flat list of a commit's files.</summary>
internal static class TreeWalk
{
    /// <summary>Depth first, folders included.</summary>
    public static IEnumerable<TreeRow> Rows(StoredCommit commit, string folder, bool recursive)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var seen = new HashSet<string>();
        foreach (var (path, entry) in commit.Files.Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var parts = path[prefix.Length..].Split('/');
            for (var depth = 1; depth < parts.Length && (recursive || depth == 1); depth++)
            {
                var parent = prefix + string.Join('/', parts[..depth]);
                if (seen.Add(parent))
                    yield return new TreeRow(parent, null);
            }
            if (recursive || parts.Length == 1)
                yield return new TreeRow(path, entry);
        }
    }

    public static TreeRow? Row(StoredCommit commit, string path)
    {
        if (commit.Files.TryGetValue(path, out var entry))
            return new TreeRow(path, entry);
        return commit.Files.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal))
            ? new TreeRow(path, null) : null;
    }
}

using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>Finds the files of a run on this machine.</summary>
internal static class LocalFiles
{
    /// <param name="input">A file, a folder (all .parquet files below it) or a pattern, see <see cref="Glob"/>.</param>
    /// <param name="output">A folder in which nothing is looked for, since shards land there.</param>
    /// <returns>In ordinal order of their names.</returns>
    /// <exception cref="UserErrorException">Nothing is found.</exception>
    public static IReadOnlyList<InputFileInfo> Find(string input, string output)
    {
        List<InputFileInfo> found = [.. Enumerate(input)
            .Where(file => !IsBelow(file.Path, output))
            .OrderBy(file => file.Name, StringComparer.Ordinal)];
        return found.Count > 0 ? found : throw new UserErrorException(NothingFound(input));
    }

    private static IEnumerable<InputFileInfo> Enumerate(string input)
    {
        if (File.Exists(input))
            return [Describe(Path.GetDirectoryName(Path.GetFullPath(input))!, Path.GetFullPath(input))];
        if (Directory.Exists(input))
            return Below(input).Where(file => file.Name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase));
        if (!Glob.HasWildcard(input))
            return [];
        var glob = new Glob(Path.GetFullPath(input).Replace(Path.DirectorySeparatorChar, '/'));
        var folder = glob.Folder + Path.DirectorySeparatorChar;
        return Directory.Exists(folder)
            ? Below(folder).Where(file => glob.IsMatch($"{glob.Folder}/{file.Name}"))
            : [];
    }

    /// <summary>Leaves out hidden files and folders: caches, and what is half-written.</summary>
    private static IEnumerable<InputFileInfo> Below(string folder)
    {
        folder = Path.GetFullPath(folder);
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = false,
        };
        return Directory.EnumerateFiles(folder, "*", options)
            .Select(path => Describe(folder, path))
            .Where(file => !file.Name.Split('/').Any(part => part.StartsWith('.')));
    }

    private static InputFileInfo Describe(string folder, string path)
    {
        var file = new FileInfo(path);
        // A link's own size and time say nothing of the content.
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        return new InputFileInfo(
            Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), path,
            file.Exists ? file.Length : 0, file.LastWriteTimeUtc.Ticks);
    }

    private static bool IsBelow(string path, string folder) => path.StartsWith(
        Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string NothingFound(string input) => (Directory.Exists(input), Glob.HasWildcard(input)) switch
    {
        (true, _) => $"--input {input}: no .parquet file in this folder",
        (_, true) => $"--input {input}: no file matches this pattern",
        _ => $"--input {input}: no such file or folder",
    };
}

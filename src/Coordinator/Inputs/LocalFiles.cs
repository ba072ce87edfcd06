using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>Finds the files of a run on this machine.</summary>
/// <param name="spec">Names the input: a file, a folder (all .parquet files below it) or a pattern.</param>
/// <param name="overwrite">Shards that are not of the run are to be deleted.</param>
/// <param name="warn">Hears of what is left out.</param>
internal sealed class LocalFiles(RunSpec spec, bool overwrite, Action<string> warn)
{
    private readonly string _input = spec.Input;

    /// <param name="isNew">
    /// Warns of files where the run's shards go: later these are the run's own, and nothing to speak of. Later inputs
    /// may be gone, too, when they have been scored.
    /// </param>
    /// <returns>In ordinal order of their names.</returns>
    /// <exception cref="UserErrorException">Nothing is found for a new run.</exception>
    public IReadOnlyList<InputFileInfo> Find(bool isNew)
    {
        if (!isNew && !Glob.HasWildcard(_input) && !Path.Exists(_input))
            return [];
        var (folder, pattern) = Split();
        var search = new FileSearch(warn) { Apart = PlacesOfShards(folder) };
        var found = pattern is null ? FindFile(search) : search.Find(folder, pattern);
        if (pattern == FileSearch.Everything)
            found = new FoundFiles([.. found.Files.Where(IsParquet)], [.. found.Apart.Where(IsParquet)]);
        if (isNew && found.Files.Count == 0)
            throw new UserErrorException($"--input {_input}: {NothingFound(found, pattern)}");
        if (isNew && overwrite && found.Apart.FirstOrDefault(file => !HasManifest(file)) is { } data)
            throw new UserErrorException(
                $"--overwrite: {data.Path} is named by --input and no run has made it, but it lies where this run's " +
                "shards go and would be deleted; give another --output");
        if (isNew && found.Apart.Count > 0)
            warn($"--input {_input}: {NumberText.Count(found.Apart.Count, "file")} such as {found.Apart[0].Path} " +
                $"{(found.Apart.Count == 1 ? "is" : "are")} left out, because the run's shards go there");
        return [.. found.Files.Select(file => Describe(file.Name, file.Path))];
    }

    /// <returns>Where a search begins, and the pattern of what is looked for there; null for a file.</returns>
    private (string Folder, string? Pattern) Split()
    {
        var full = Path.GetFullPath(_input);
        if (File.Exists(full))
            return (Path.GetDirectoryName(full)!, null);
        if (Directory.Exists(full))
            return (full, FileSearch.Everything);
        if (!Glob.HasWildcard(_input))
            throw new UserErrorException($"--input {_input}: no such file or folder");
        var glob = new Glob(full.Replace(Path.DirectorySeparatorChar, '/'));
        var inFolder = glob.Names.Skip(glob.Folder.Split('/').Length);
        return (glob.Folder + Path.DirectorySeparatorChar, string.Join('/', inFolder));
    }

    private FoundFiles FindFile(FileSearch search)
    {
        var path = Path.GetFullPath(_input);
        FoundFile[] file = [new FoundFile(Path.GetFileName(path), path)];
        return search.IsApart(path) ? new FoundFiles([], file) : new FoundFiles(file, []);
    }

    /// <summary>
    /// Folders in which nothing is looked for. Mirrored shards have the names of inputs: they go anywhere below the
    /// output, so that all of it is one, unless the input itself lies in it.
    /// </summary>
    private string[] PlacesOfShards(string folder)
    {
        if (HubPaths.IsHub(spec.Output))
            return [];
        if (spec.Layout == ShardLayout.Numbered)
            return [Path.Combine(spec.Output, ShardNames.NumberedFolder), RunPlaces.ManifestsOf(spec.Output)];
        return FileIdentity.Of(spec.Output) is { } output &&
            FileIdentity.IsWithin(folder, new HashSet<FileIdentity> { output })
                ? [RunPlaces.ManifestsOf(spec.Output)]
                : [spec.Output];
    }

    private bool HasManifest(FoundFile file) => File.Exists(RunPlaces.ManifestPath(
        spec.Output, Path.GetRelativePath(FileIdentity.RealPath(spec.Output), FileIdentity.RealPath(file.Path))));

    private static bool IsParquet(FoundFile file) => file.Name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    /// <param name="name">Below the input folder.</param>
    /// <param name="path">Absolute.</param>
    public static InputFileInfo Describe(string name, string path)
    {
        var file = new FileInfo(path);
        // A link's own size and time say nothing of the content.
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        return new InputFileInfo(
            name, path, file.Exists ? file.Length : 0, file.LastWriteTimeUtc.Ticks);
    }

    private string NothingFound(FoundFiles found, string? pattern) => (found.Apart.Count, pattern) switch
    {
        ( > 0, _) => $"nothing is left but what lies where the run's shards go ({found.Apart[0].Path}); give another " +
            "--output",
        (_, FileSearch.Everything) when Directory.Exists(_input) => "no .parquet file in this folder",
        _ => "no file matches this pattern",
    };
}

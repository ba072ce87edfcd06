namespace FineWebTorch.Common;

/// <summary>
/// Finds files on this machine by a pattern, see <see cref="Glob"/>. Goes only as deep as the pattern needs, enters no
/// folder twice whatever links lead to it, and leaves out what <see cref="DataNames"/> says to be no data.
/// </summary>
/// <param name="warn">Hears of folders that cannot be read; they are left out.</param>
public sealed class FileSearch(Action<string> warn)
{
    /// <summary>Everything below a folder.</summary>
    public const string Everything = "**";

    private static readonly EnumerationOptions All = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
    };

    /// <summary>Folders whose files are counted apart, see <see cref="FoundFiles.Apart"/>.</summary>
    public IReadOnlyCollection<string> Apart { get; init; } = [];

    /// <summary>What is in a folder, with links and hidden entries; replaced in tests.</summary>
    public Func<string, IEnumerable<FileSystemInfo>> Read { get; init; } =
        folder => new DirectoryInfo(folder).EnumerateFileSystemInfos("*", All);

    /// <param name="folder">Where to begin.</param>
    /// <param name="pattern">Of paths below it, '/'-separated.</param>
    /// <returns>In ordinal order of their names; nothing where there is no such folder.</returns>
    /// <exception cref="FormatException">It is no pattern.</exception>
    public FoundFiles Find(string folder, string pattern)
    {
        var walk = new Walk(this, new PathPattern(pattern), Identities(Apart));
        if (Directory.Exists(folder))
            walk.Run(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new FoundFiles(Sorted(walk.Found), Sorted(walk.Apart));
    }

    /// <summary>Whether a file lies below one of the folders of <see cref="Apart"/>.</summary>
    public bool IsApart(string path) => FileIdentity.IsWithin(path, Identities(Apart));

    private static HashSet<FileIdentity> Identities(IEnumerable<string> folders) =>
        [.. folders.Select(FileIdentity.Of).OfType<FileIdentity>()];

    private static List<FoundFile> Sorted(IEnumerable<FoundFile> files) =>
        [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)];

    private List<FileSystemInfo> ReadOrWarn(string folder)
    {
        try
        {
            return [.. Read(folder).OrderByDescending(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"{folder}: this folder cannot be read and is left out ({exception.Message})");
            return [];
        }
    }

    /// <param name="Name">Below the folder that the search began in; empty for that folder.</param>
    /// <param name="States">What of the pattern is left, see <see cref="PathPattern"/>.</param>
    private sealed record Place(string Path, string Name, IReadOnlyList<int> States, bool IsApart);

    /// <summary>One search. Links to folders come last: a folder goes by its own name where it has been met by it.</summary>
    private sealed class Walk(FileSearch search, PathPattern pattern, HashSet<FileIdentity> apart)
    {
        private readonly HashSet<(FileIdentity Folder, string States)> _entered = [];
        private readonly HashSet<(FileIdentity Folder, string Name)> _taken = [];
        private readonly Stack<Place> _folders = [];
        private readonly Queue<Place> _links = [];

        public List<FoundFile> Found { get; } = [];

        public List<FoundFile> Apart { get; } = [];

        public void Run(string folder)
        {
            _links.Enqueue(new Place(folder, "", pattern.Start, IsApart: false));
            while (_links.TryDequeue(out var link))
            {
                // What lies above the end of a link has not been walked through.
                _folders.Push(link with { IsApart = FileIdentity.IsWithin(link.Path, apart) });
                while (_folders.TryPop(out var place))
                    Enter(place);
            }
        }

        private void Enter(Place place)
        {
            if (FileIdentity.Of(place.Path) is not { } identity ||
                !_entered.Add((identity, string.Join(',', place.States))))
                return;
            place = place with { IsApart = place.IsApart || apart.Contains(identity) };
            foreach (var entry in search.ReadOrWarn(place.Path))
            {
                var name = place.Name.Length == 0 ? entry.Name : $"{place.Name}/{entry.Name}";
                if (!entry.Attributes.HasFlag(FileAttributes.Directory))
                    Take(place, identity, entry, name);
                else if (pattern.Below(place.States, entry.Name) is { Count: > 0 } states)
                    Note(entry, new Place(entry.FullName, name, states, place.IsApart));
            }
        }

        private void Note(FileSystemInfo entry, Place place)
        {
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                _links.Enqueue(place);
            else
                _folders.Push(place);
        }

        private void Take(Place place, FileIdentity folder, FileSystemInfo entry, string name)
        {
            if (pattern.Takes(place.States, entry.Name, name) && _taken.Add((folder, entry.Name)))
                (place.IsApart ? Apart : Found).Add(new FoundFile(name, entry.FullName));
        }
    }
}

/// <summary>The outcome of a <see cref="FileSearch"/>.</summary>
/// <param name="Apart">Files that match too and lie in <see cref="FileSearch.Apart"/>.</param>
public sealed record FoundFiles(IReadOnlyList<FoundFile> Files, IReadOnlyList<FoundFile> Apart);

/// <param name="Name">Below the folder of the search, '/'-separated.</param>
/// <param name="Path">Absolute.</param>
public sealed record FoundFile(string Name, string Path);

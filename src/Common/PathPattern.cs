namespace FineWebTorch.Common;

/// <summary>
/// A pattern that is matched folder by folder, so that a search knows which folders it has to enter. A state is the
/// number of the pattern's part that a name in the folder is compared with next; with <c>**</c> there may be several.
/// </summary>
internal sealed class PathPattern
{
    /// <summary>The whole pattern decides: one of its parts, such as <c>a**b</c>, crosses folders.</summary>
    private const int AnyDepth = -1;

    private readonly Glob _whole;
    private readonly string[] _parts;
    private readonly Glob?[] _globs;

    /// <exception cref="FormatException">It is no pattern.</exception>
    public PathPattern(string pattern)
    {
        _whole = new Glob(pattern);
        _parts = pattern.Split('/');
        _globs = [.. _parts.Select(part => part == FileSearch.Everything ? null : new Glob(part))];
        Start = Closure([0]);
    }

    /// <summary>The states of the folder in which the search begins.</summary>
    public IReadOnlyList<int> Start { get; }

    /// <returns>The states of a subfolder; none where nothing below it can match.</returns>
    public IReadOnlyList<int> Below(IReadOnlyList<int> states, string folder)
    {
        var next = new List<int>();
        foreach (var state in states)
        {
            if (state == AnyDepth || _globs[state] is not { } glob)
            {
                if (!DataNames.IsNoData(folder))
                    next.Add(state);
            }
            else if (state + 1 < _parts.Length && glob.IsMatch(folder) && IsWanted(folder, _parts[state]))
                next.Add(state + 1);
        }

        return Closure(next);
    }

    /// <param name="states">Of its folder.</param>
    /// <param name="name">The file's own.</param>
    /// <param name="path">Below the folder in which the search began.</param>
    public bool Takes(IReadOnlyList<int> states, string name, string path) => states.Any(state => state switch
    {
        AnyDepth => _whole.IsMatch(path) && IsWanted(name, _parts[^1]),
        _ when state + 1 < _parts.Length => false,
        _ => (_globs[state]?.IsMatch(name) ?? true) && IsWanted(name, _parts[state]),
    });

    private static bool IsWanted(string name, string part) =>
        !DataNames.IsNoData(name) || DataNames.IsTypedIn(name, part);

    /// <summary><c>**</c> stands for no folder as well.</summary>
    private List<int> Closure(IEnumerable<int> states)
    {
        var closure = new SortedSet<int>();
        foreach (var state in states)
        {
            var last = state;
            if (state != AnyDepth)
                while (last + 1 < _parts.Length && _globs[last] is null)
                    closure.Add(last++);
            closure.Add(last);
        }

        var crosses = closure.Any(state => state != AnyDepth && _globs[state] is not null &&
            _parts[state].Contains(FileSearch.Everything, StringComparison.Ordinal));
        return crosses ? [AnyDepth] : [.. closure];
    }
}

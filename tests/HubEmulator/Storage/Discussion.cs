namespace FineWebTorch.HubEmulator;

/// <summary>A discussion, or a pull request, which has a ref of its own: <c>refs/pr/NUMBER</c>.</summary>
/// <param name="Base">Full name of the branch that a pull request is for; null for a discussion.</param>
public sealed record Discussion(string Title, string? Base, DateTimeOffset Created)
{
    public const string Draft = "draft";
    public const string Open = "open";
    public const string Closed = "closed";
    public const string Merged = "merged";

    /// <summary>Pull requests that are opened without a commit begin as drafts.</summary>
    public required string Status { get; set; }

    /// <summary>What a merge has made on <see cref="Base"/>.</summary>
    public string? MergeCommit { get; set; }

    public List<StatusChange> Changes { get; init; } = [];

    public bool IsPullRequest => Base is not null;

    public void Become(string status, DateTimeOffset now)
    {
        Status = status;
        Changes.Add(new StatusChange(Guid.NewGuid().ToString("N")[..24], status, now));
    }
}

public sealed record StatusChange(string Id, string Status, DateTimeOffset Date);

/// <summary>
/// What a pull request and its branch have done since they parted. Files are compared as wholes: where both sides have
/// changed one, git might still find that their lines go together; here that is a conflict.
/// </summary>
internal sealed class ThreeWayMerge
{
    private readonly Repository _repository;
    private readonly StoredCommit _fork;
    private readonly StoredCommit _theirs;
    private readonly Dictionary<string, TreeEntry?> _changes;

    public ThreeWayMerge(Repository repository, StoredCommit theirs, StoredCommit ours)
    {
        (_repository, _theirs) = (repository, theirs);
        var known = repository.History(theirs).Select(commit => commit.Id).ToHashSet();
        _fork = repository.History(ours).First(commit => known.Contains(commit.Id));
        _changes = Changes(ours);
    }

    /// <summary>Paths, in order.</summary>
    public IReadOnlyList<string> Conflicts
    {
        get
        {
            var theirs = Changes(_theirs);
            return [.. _changes.Where(ours => theirs.TryGetValue(ours.Key, out var entry) &&
                    entry?.ContentId != ours.Value?.ContentId)
                .Select(ours => ours.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>All in one commit, as the Hub does it.</summary>
    public StoredCommit Squash(string title, string description) =>
        _repository.Add(_theirs, title, description, (id, files) =>
        {
            foreach (var (path, entry) in _changes)
            {
                if (entry is null)
                    files.Remove(path);
                else if (files.GetValueOrDefault(path)?.ContentId != entry.ContentId)
                    files[path] = entry with { LastCommit = id };
            }
        });

    private Dictionary<string, TreeEntry?> Changes(StoredCommit side) => side.Files.Keys.Union(_fork.Files.Keys)
        .Where(path => side.Files.GetValueOrDefault(path)?.ContentId != _fork.Files.GetValueOrDefault(path)?.ContentId)
        .ToDictionary(path => path, side.Files.GetValueOrDefault);
}

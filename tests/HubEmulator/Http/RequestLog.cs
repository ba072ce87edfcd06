using System.Collections.Concurrent;

namespace FineWebTorch.HubEmulator;

/// <summary>All requests since the start or the last <see cref="Clear"/>.</summary>
public sealed class RequestLog
{
    private readonly ConcurrentQueue<RequestEntry> _entries = new();

    public IReadOnlyList<RequestEntry> Entries => [.. _entries];

    public IReadOnlyList<RequestEntry> Of(string kind) => [.. _entries.Where(entry => entry.Kind == kind)];

    public int Count(string kind) => _entries.Count(entry => entry.Kind == kind);

    /// <summary>How many requests of each kind.</summary>
    public SortedDictionary<string, int> Counts() => new(
        _entries.GroupBy(entry => entry.Kind).ToDictionary(group => group.Key, group => group.Count()),
        StringComparer.Ordinal);

    public void Clear() => _entries.Clear();

    internal void Add(RequestEntry entry) => _entries.Enqueue(entry);
}

/// <summary>A request that was received. Query strings are not kept.</summary>
/// <param name="Kind">See <see cref="RequestKind"/>.</param>
/// <param name="IsData">Received by the storage, not by the Hub.</param>
public sealed record RequestEntry(string Kind, bool IsData, string Method, string Path)
{
    public bool HasAuthorization { get; init; }

    public bool HasCookie { get; init; }

    public string? Range { get; init; }

    public string? AcceptEncoding { get; init; }

    public long? ContentLength { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>
    /// Without its question mark, for the Hub's own routes; empty for the storage's, where it is a credential.
    /// </summary>
    public string Query { get; init; } = "";

    /// <summary>Of an object that is sent: the storage had all of it already.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>The ref that a batch of objects is said to be for; null where it names none.</summary>
    public string? Branch { get; set; }

    public int Status { get; set; }
}

/// <summary>Names of the kinds of requests, for counting them and for faults.</summary>
public static class RequestKind
{
    public const string WhoAmI = "whoami";
    public const string ValidateYaml = "validate-yaml";
    public const string CreateRepository = "repo-create";
    public const string DeleteRepository = "repo-delete";
    public const string MoveRepository = "repo-move";
    public const string Info = "info";
    public const string Refs = "refs";
    public const string Commits = "commits";
    public const string Tree = "tree";
    public const string PathsInfo = "paths-info";
    public const string Preupload = "preupload";
    public const string Commit = "commit";
    public const string Branch = "branch";
    public const string Tag = "tag";
    public const string Squash = "super-squash";
    public const string Discussions = "discussions";
    public const string Merge = "merge";
    public const string Settings = "settings";
    public const string Resolve = "resolve";
    public const string ResolveCache = "resolve-cache";
    public const string Raw = "raw";
    public const string LfsBatch = "lfs-batch";
    public const string LfsVerify = "lfs-verify";
    public const string Complete = "multipart-complete";
    public const string ObjectGet = "object-get";
    public const string ObjectPut = "object-put";
    public const string PartPut = "part-put";
    public const string Control = "control";
    public const string Unknown = "unknown";
}

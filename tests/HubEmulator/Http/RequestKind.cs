namespace FineWebTorch.HubEmulator;

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

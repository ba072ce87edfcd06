namespace FineWebTorch.Hub;

/// <summary>What a repository holds; decides its place in URLs and in the cache.</summary>
public enum RepositoryKind
{
    Model,
    Dataset,
    Space,
}

internal static class RepositoryKinds
{
    /// <summary>As API routes and <c>hf://</c> paths spell it.</summary>
    public static string Plural(this RepositoryKind kind) => kind switch
    {
        RepositoryKind.Model => "models",
        RepositoryKind.Dataset => "datasets",
        _ => "spaces",
    };

    public static string Singular(this RepositoryKind kind) => kind.Plural()[..^1];

    public static RepositoryKind? FromPlural(string word) => word switch
    {
        "models" => RepositoryKind.Model,
        "datasets" => RepositoryKind.Dataset,
        "spaces" => RepositoryKind.Space,
        _ => null,
    };
}

namespace FineWebTorch.Hub;

/// <summary>A repository on the Hub, without a revision.</summary>
public sealed record HubRepository
{
    /// <param name="id"><c>owner/name</c>, case kept.</param>
    /// <exception cref="HubPathException">The id breaks the Hub's rules.</exception>
    public HubRepository(RepositoryKind kind, string id)
    {
        if (!RepositoryId.IsValid(id))
            throw new HubPathException(id, "a repository is written owner/name, of letters, digits, '.', '_' and '-'");
        Kind = kind;
        Id = id;
    }

    public RepositoryKind Kind { get; }

    public string Id { get; }

    public string Owner => Id[..Id.IndexOf('/', StringComparison.Ordinal)];

    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Below <c>/api/</c>: <c>datasets/owner/name</c>.</summary>
    internal string ApiPath => $"{Kind.Plural()}/{Id}";

    /// <summary>In the address of a page or file: models have no prefix.</summary>
    internal string WebPath => Kind == RepositoryKind.Model ? Id : ApiPath;

    internal string CacheFolder => $"{Kind.Plural()}--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    public static HubRepository Dataset(string id) => new(RepositoryKind.Dataset, id);

    public static HubRepository Model(string id) => new(RepositoryKind.Model, id);

    /// <summary>As messages and <c>hf://</c> paths spell it.</summary>
    public override string ToString() => WebPath;
}

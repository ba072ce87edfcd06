namespace FineWebTorch.Hub;

/// <summary>The quotas that the Hub counts apart.</summary>
public enum HubBucket
{
    Api,

    /// <summary>Calls of <c>/resolve/</c>.</summary>
    Resolvers,
    Pages,
}

namespace FineWebTorch.Hub;

/// <summary>A repository at a revision.</summary>
/// <param name="Commit">40 hex digits. Right after a commit the Hub may still name the one before.</param>
/// <param name="Private">Null where the Hub did not say.</param>
/// <param name="Gated">Whether its files can be read only once its terms are accepted.</param>
public sealed record RepositoryInfo(HubRepository Repository, string Commit, bool? Private, bool Gated);

/// <summary>Who the token belongs to.</summary>
/// <param name="Role">
/// Of the token: <c>read</c>, <c>write</c>, <c>fineGrained</c>; null where the Hub did not say.
/// </param>
public sealed record HubUser(string Name, IReadOnlyList<string> Organizations, string? Role);

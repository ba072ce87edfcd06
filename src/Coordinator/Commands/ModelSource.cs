using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Finds the model of a run, and fetches it into the Hub cache when it is not on this machine.</summary>
internal static class ModelSource
{
    /// <param name="text">A folder, or <c>owner/name[@revision]</c>, or another way to name a model on the Hub.</param>
    /// <param name="pinned">The commit to take where the text names none; empty for the newest.</param>
    /// <param name="hub">Not touched for a folder; asked for nothing while its cache has the model.</param>
    /// <param name="cancellationToken">For the download.</param>
    /// <exception cref="DirectoryNotFoundException">It is neither a folder nor a name on the Hub.</exception>
    /// <exception cref="HubException">The Hub does not have it or does not answer.</exception>
    public static async Task<LocatedModel> LocateAsync(
        string text, string pinned, Lazy<HubAccess> hub, CancellationToken cancellationToken)
    {
        if (Directory.Exists(text) || !(RepositoryId.TryParse(text, out var id) || HubPath.LooksLikeOne(text)))
            return ModelLocator.Locate(text);
        var name = id is { Revision: null } && pinned.Length > 0 ? $"{text}@{pinned}" : text;
        try
        {
            return ModelLocator.Locate(name, hub.Value.Downloader.Cache);
        }
        catch (DirectoryNotFoundException)
        {
            return await hub.Value.FetchModelAsync(name, cancellationToken);
        }
    }
}

using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>Finds the model of a run, and fetches it into the Hub cache when it is not on this machine.</summary>
/// <param name="text">A folder, or <c>owner/name[@revision]</c>, or another way to name a model on the Hub.</param>
/// <param name="pinned">The commit to take where the text names none; empty for the newest.</param>
/// <param name="hub">Not touched for a folder; asked for nothing while its cache has the model.</param>
internal sealed class ModelSource(string text, string pinned, Lazy<HubAccess> hub)
{
    private readonly string _name = RepositoryId.TryParse(text, out var id) && id.Revision is null && pinned.Length > 0
        ? $"{text}@{pinned}"
        : text;

    private bool IsFolder => Directory.Exists(text) ||
        !(RepositoryId.TryParse(text, out _) || HubPath.LooksLikeOne(text));

    /// <exception cref="DirectoryNotFoundException">It is neither a folder nor a name on the Hub.</exception>
    /// <exception cref="HubException">The Hub does not have it or does not answer.</exception>
    public async Task<LocatedModel> LocateAsync(CancellationToken cancellationToken) =>
        Find() ?? await hub.Value.FetchModelAsync(_name, cancellationToken);

    /// <summary>Bytes that are to be downloaded for it, and where to. Nothing is downloaded.</summary>
    /// <inheritdoc cref="LocateAsync"/>
    public async Task<(long Bytes, string Folder)> MeasureAsync(CancellationToken cancellationToken) =>
        Find() is { } here
            ? (0, here.Folder)
            : (await hub.Value.MeasureModelAsync(_name, cancellationToken), hub.Value.Downloader.Cache.Folder);

    /// <returns>Null where it has to be fetched: other tools leave snapshots of which they needed one file only.
    /// </returns>
    private LocatedModel? Find()
    {
        if (IsFolder)
            return ModelLocator.Locate(text);
        try
        {
            var model = ModelLocator.Locate(_name, hub.Value.Downloader.Cache);
            ModelFolder.Check(model.Folder);
            return model;
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;
        }
    }
}

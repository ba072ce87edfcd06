using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Worker.Commands;

/// <summary>A command's way to the Hub, made when something has to be asked of it.</summary>
/// <param name="log">Is told of attempts.</param>
internal sealed class HubConnection(ProgramLog log) : IDisposable
{
    private readonly Lazy<HubAccess> _access = new(() => HubAccess.From(
        HubEnvironment.Process,
        options => options with
        {
            Logger = log.Logger("hub"),
            Program = ProgramVersion.Product,
        }));

    public HubAccess Access => _access.Value;

    /// <summary>
    /// The model of a <c>--model</c> argument: a folder, else from the Hub cache without asking anybody, else fetched.
    /// </summary>
    /// <param name="check">Throws <see cref="FileNotFoundException"/> where a folder lacks files.</param>
    /// <exception cref="IOException">It is neither here nor to be had.</exception>
    public async Task<LocatedModel> FindModelAsync(string name, Action<string> check, CancellationToken cancellation)
    {
        ModelLocator.Demand(name);
        var isId = RepositoryId.TryParse(name, out var id);
        if (Directory.Exists(name) || !(isId || HubPath.LooksLikeOne(name, HubEnvironment.Process.Endpoint)))
        {
            var local = ModelLocator.Locate(name);
            check(local.Folder);
            return local;
        }

        // Other tools leave snapshots of which they needed one file only.
        if (isId && HubCache.Default.FindModel(id!.Id, id.Revision) is { } cached && IsComplete(cached, check))
            return ModelLocator.Locate(name);
        var model = await Access.FetchModelAsync(name, cancellation);
        check(model.Folder);
        return model;
    }

    public void Dispose()
    {
        if (_access.IsValueCreated)
            _access.Value.Dispose();
    }

    private static bool IsComplete(string folder, Action<string> check)
    {
        try
        {
            check(folder);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}

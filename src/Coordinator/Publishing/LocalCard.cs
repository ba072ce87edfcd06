using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>Writes the README.md of an output folder: the card that the run would have on the Hub.</summary>
internal sealed class LocalCard(RunCore core, ILedger ledger, HubInput? input, RunPlaces places)
{
    /// <summary>Of one that is there already only what is ours is changed.</summary>
    /// <param name="hub">To which links go.</param>
    /// <param name="cancellationToken">Leaves what was there.</param>
    /// <exception cref="HubCardException">The one that is there cannot be changed without harm.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="HubException">What the card says of an input on the Hub is not to be had.</exception>
    public async Task WriteAsync(Uri hub, CancellationToken cancellationToken)
    {
        // By the names that they have here, also where files are missing.
        var shards = core.ReadFinished(ledger)
            .Select(file => new PublishedShard(file.Shard!.Name, file.Shard)).ToList();
        if (shards.Count == 0)
            return;
        var path = Path.Combine(places.Output, "README.md");
        var parts = await new CardSource(core, ledger, input).ReadAsync(cancellationToken);
        var existing = File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : null;
        var card = DatasetCard.Update(
            existing, CardContent.Create(core, CardPlace.Of(places.Output, hub), shards, parts));
        if (card != existing)
            AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(card), places.Staging);
    }
}

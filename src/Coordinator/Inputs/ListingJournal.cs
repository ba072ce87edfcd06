using FineWebTorch.Common;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// The pages in which the Hub has listed a new run's files: a start that is killed among tens of thousands of them goes
/// on with the page it was at. Pages of another commit are not found, and go when one of the new commit's is written.
/// </summary>
/// <param name="folder">Of the run; need not be there.</param>
internal sealed class ListingJournal(string folder)
{
    public const string FileName = "listing.jsonl";

    private readonly LineJournal<Page> _journal = new(Path.Combine(folder, FileName), ProgramVersion.Current, least: 3);
    private Dictionary<string, Page>? _known;

    /// <summary>One listing at a time.</summary>
    public KeptPages Pages => new(Find, (address, page) => _journal.Add(new Page(
        address, page.Next,
        [.. page.Files.Select(file => new Row(file.Path, file.IsFolder, file.Size, file.BlobId, file.Sha256))])));

    /// <inheritdoc cref="LineJournal{T}.Discard"/>
    public void Discard() => _journal.Discard();

    private ListedPage? Find(string address)
    {
        if (_known is null)
        {
            _known = new Dictionary<string, Page>(StringComparer.Ordinal);
            foreach (var kept in _journal.Read())
                _known[kept.Address] = kept;
        }

        if (!_known.TryGetValue(address, out var page))
            return null;
        _journal.GoesOn = true;
        return page.ToListed();
    }

    private sealed record Page(string Address, string? Next, IReadOnlyList<Row> Rows)
    {
        public ListedPage ToListed() => new(
            [.. Rows.Select(row => new HubFile(row.Path, row.IsFolder, row.Size, row.BlobId, row.Sha256, null))], Next);
    }

    private sealed record Row(string Path, bool IsFolder, long Size, string BlobId, string? Sha256);
}

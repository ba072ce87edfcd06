using System.Text.Json;
using System.Text.Json.Serialization;
using FineWebTorch.Common;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// The pages in which the Hub has listed a new run's files, kept in its folder until its ledger has the files: a start
/// that is killed among tens of thousands of them goes on with the page it was at. A few pages are asked for anew and
/// leave no journal. Pages of another commit are not found, and go when one of the new commit's is written.
/// </summary>
/// <param name="folder">Of the run; need not be there.</param>
internal sealed class ListingJournal(string folder)
{
    public const string FileName = "listing.jsonl";

    /// <summary>Pages from which on it is worth keeping them.</summary>
    private const int Least = 3;

    private static readonly JsonSerializerOptions Short =
        new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    private readonly string _path = Path.Combine(folder, FileName);
    private readonly string _head = ProgramVersion.Current;
    private readonly List<Page> _unwritten = [];
    private Dictionary<string, ListedPage>? _known;
    private bool _goesOn;
    private bool _hasFailed;

    /// <summary>One listing at a time.</summary>
    public KeptPages Pages => new(Find, Keep);

    /// <summary>The ledger has it all.</summary>
    public void Discard() => File.Delete(_path);

    private ListedPage? Find(string address)
    {
        _known ??= Read();
        if (!_known.TryGetValue(address, out var page))
            return null;
        _goesOn = true;
        return page;
    }

    private void Keep(string address, ListedPage page)
    {
        _unwritten.Add(new Page(
            address, page.Next,
            [.. page.Files.Select(file => new Row(file.Path, file.IsFolder, file.Size, file.BlobId, file.Sha256))]));
        if (_hasFailed || (!_goesOn && _unwritten.Count < Least))
            return;
        try
        {
            Write();
            _goesOn = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whatever is wrong there is said by whoever creates the run; until then pages are not kept.
            _hasFailed = true;
        }

        _unwritten.Clear();
    }

    /// <summary>What an earlier start has left.</summary>
    private Dictionary<string, ListedPage> Read()
    {
        var known = new Dictionary<string, ListedPage>(StringComparer.Ordinal);
        try
        {
            if (!File.Exists(_path))
                return known;
            using var lines = File.ReadLines(_path).GetEnumerator();
            if (!lines.MoveNext() || lines.Current != _head)
                return known;
            while (lines.MoveNext())
            {
                if (Parse(lines.Current) is { } page)
                    known[page.Address] = page.ToListed();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            known.Clear();
        }

        return known;
    }

    /// <summary>
    /// Closed after each page, so that the system has it when this process is killed. A line begins with its end of
    /// line: what comes after half a line of a killed process is whole.
    /// </summary>
    private void Write()
    {
        Directory.CreateDirectory(folder);
        using var writer = new StreamWriter(new FileStream(
            _path, _goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read));
        if (!_goesOn)
            writer.Write(_head);
        foreach (var page in _unwritten)
        {
            writer.Write('\n');
            writer.Write(JsonSerializer.Serialize(page, Short));
        }
    }

    /// <summary>Null for half a line.</summary>
    private static Page? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Page>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Page(string Address, string? Next, IReadOnlyList<Row> Rows)
    {
        public ListedPage ToListed() => new(
            [.. Rows.Select(row => new HubFile(row.Path, row.IsFolder, row.Size, row.BlobId, row.Sha256, null))], Next);
    }

    private sealed record Row(string Path, bool IsFolder, long Size, string BlobId, string? Sha256);
}

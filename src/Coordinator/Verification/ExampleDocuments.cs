using System.Globalization;
using System.Text;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>The highest and lowest scoring documents, to see at a glance whether scores make sense.</summary>
internal static class ExampleDocuments
{
    private const int Columns = 78;

    /// <exception cref="HubException">An input on the Hub is not to be had.</exception>
    public static async Task<Examples> ReadAsync(
        StoredRun folder, int count, RowFiles files, CancellationToken cancellationToken)
    {
        var (lowest, highest) = Find(folder, count);
        var words = await ReadAsync([.. highest, .. lowest], folder, files, cancellationToken);
        ExampleDocument Describe(Document document) => new(
            Math.Round(document.Score, 4), folder.Ledger.ReadFile(document.File).Record.Name, document.Row, words[document]);
        return new Examples([.. highest.Select(Describe)], [.. lowest.Select(Describe)]);
    }

    /// <summary>Each file is opened once, however many of its documents are shown.</summary>
    private static async Task<Dictionary<Document, string>> ReadAsync(
        IEnumerable<Document> documents, StoredRun folder, RowFiles files, CancellationToken cancellationToken)
    {
        var words = new Dictionary<Document, string>();
        foreach (var file in documents.Distinct().GroupBy(document => document.File))
        {
            var wanted = file.OrderBy(document => document.Row).ToList();
            var rows = await files.ReadAsync(
                folder.Ledger.ReadFile(file.Key).Record.Path, withScores: false, [.. wanted.Select(one => one.Row)],
                cancellationToken);
            foreach (var (document, row) in wanted.Zip(rows))
                words.Add(document, FirstWords(row.Text));
        }

        return words;
    }

    private static (List<Document> Lowest, List<Document> Highest) Find(StoredRun folder, int count)
    {
        var lowest = new PriorityQueue<Document, float>(Comparer<float>.Create((a, b) => b.CompareTo(a)));
        var highest = new PriorityQueue<Document, float>();
        for (var file = 0; file < folder.Core.Files.Count; file++)
        {
            var index = file;
            var rows = KeepRule.All.Kept(folder.Ledger.ReadScores(index), folder.Spec.WindowRows);
            foreach (var document in rows.Where(row => row.Score is not null)
                .Select(row => new Document(index, row.Row, row.Score!.Value)))
            {
                Keep(lowest, document, count);
                Keep(highest, document, count);
            }
        }

        return (
            [.. lowest.UnorderedItems.Select(item => item.Element).OrderBy(document => document.Score)],
            [.. highest.UnorderedItems.Select(item => item.Element).OrderByDescending(document => document.Score)]);
    }

    private static void Keep(PriorityQueue<Document, float> queue, Document document, int count)
    {
        if (queue.Count < count)
            queue.Enqueue(document, document.Score);
        else
            queue.EnqueueDequeue(document, document.Score);
    }

    /// <summary>One line that a terminal shows as it is.</summary>
    internal static string FirstWords(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 8 * Columns)]);
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= Columns)
                return line.Append('…').ToString();
            var isBlank = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || rune.Value == 0xFFFD ||
                Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format;
            if (!isBlank)
                line.Append(rune.ToString());
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        return line.ToString();
    }

    private readonly record struct Document(int File, long Row, float Score);
}

/// <param name="Highest">The highest first.</param>
/// <param name="Lowest">The lowest first.</param>
internal sealed record Examples(IReadOnlyList<ExampleDocument> Highest, IReadOnlyList<ExampleDocument> Lowest)
{
    public IEnumerable<string> Lines => Describe("highest scores:", Highest).Concat(Describe("lowest scores:", Lowest));

    private static IEnumerable<string> Describe(string title, IReadOnlyList<ExampleDocument> documents) =>
        documents.Select(document => string.Create(
            CultureInfo.InvariantCulture,
            $"  {document.Score,7:0.000}  {document.File} row {document.Row}: {document.Text}"))
            .Prepend(title).Take(documents.Count == 0 ? 0 : documents.Count + 1);
}

/// <param name="File">Of the run's input.</param>
/// <param name="Row">In the file.</param>
/// <param name="Text">Its first words.</param>
internal sealed record ExampleDocument(double Score, string File, long Row, string Text);

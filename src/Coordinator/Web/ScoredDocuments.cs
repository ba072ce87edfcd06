using System.Globalization;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Web;

/// <summary>
/// Documents of a run that have got a certain <c>int_score</c>: scores from the ledger, texts from the input.
/// </summary>
internal sealed class ScoredDocuments(ILedger ledger, RunSpec spec, RowFiles rows)
{
    /// <summary>Of a file.</summary>
    private const int MostWindows = 64;

    /// <summary>Of the text that is shown.</summary>
    private const int MostCharacters = 1_000;

    /// <param name="files">Are looked at in this order until there are enough.</param>
    /// <exception cref="IOException">The input cannot be read; so say others that its readers throw.</exception>
    public async Task<DocumentPage> ReadAsync(
        int band, int count, IReadOnlyList<int> files, CancellationToken cancellationToken)
    {
        var documents = new List<ShownDocument>();
        var looked = 0L;
        foreach (var file in files)
        {
            var (found, seen) = Find(file, band, count - documents.Count, cancellationToken);
            looked += seen;
            if (found.Count > 0)
                documents.AddRange(await ReadAsync(file, found, cancellationToken));
            if (documents.Count == count)
                break;
        }

        return documents.Count > 0 ? new DocumentPage(documents, Note: null) : DocumentPage.None(looked == 0
            ? "no window of a file has all its scores yet"
            : $"none of {NumberText.Count(looked, "row")} that were looked at has this score");
    }

    private (List<(long Row, float Score)> Found, long Looked) Find(
        int file, int band, int most, CancellationToken cancellationToken)
    {
        var (found, looked) = (new List<(long, float)>(), 0L);
        foreach (var (window, scores) in ledger.ReadScores(file).Take(MostWindows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            looked += scores.Length;
            for (var i = 0; i < scores.Length && found.Count < most; i++)
                if (!EduScore.IsUnscorable(scores[i]) && EduScore.ToIntScore(scores[i]) == band)
                    found.Add((((long)window * spec.WindowRows) + i, scores[i]));
            if (found.Count == most)
                break;
        }

        return (found, looked);
    }

    private async Task<IEnumerable<ShownDocument>> ReadAsync(
        int file, List<(long Row, float Score)> found, CancellationToken cancellationToken)
    {
        var record = ledger.ReadFile(file).Record;
        var read = await rows.ReadAsync(
            record.Path, withScores: false, [.. found.Select(one => one.Row)], cancellationToken);
        return found.Zip(read, (one, row) => new ShownDocument(
            Math.Round(one.Score, 3), FirstLines(row.Text ?? []), record.Name, one.Row));
    }

    /// <summary>As a page may show it: nothing in it turns the order of reading around or hides.</summary>
    /// <param name="most">UTF-16 code units, about.</param>
    internal static string FirstLines(ReadOnlySpan<byte> utf8, int most = MostCharacters)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * most)]);
        var lines = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (lines.Length >= most)
                return lines.Append('…').ToString();
            var isShown = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format);
            if (rune.Value == '\n' || isShown)
                lines.Append(rune.ToString());
            else if (rune.Value == '\t')
                lines.Append(' ');
        }

        return lines.ToString();
    }
}

/// <param name="Note">Why there are none; null where there are some.</param>
internal sealed record DocumentPage(IReadOnlyList<ShownDocument> Items, string? Note)
{
    public static DocumentPage None(string note) => new([], note);
}

/// <param name="Text">Its beginning.</param>
/// <param name="Row">In the file.</param>
internal sealed record ShownDocument(double Score, string Text, string File, long Row);

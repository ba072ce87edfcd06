using System.Globalization;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Web;

/// <summary>
/// Some documents that have got a certain <c>int_score</c>, read from the input when somebody asks: from a few files
/// taken by chance, of each a few windows. Away from the run's loop, two at a time, and not for long.
/// </summary>
/// <param name="random">Below a number, from 0 on.</param>
internal sealed class DocumentSamples(RunLoop loop, ILedger ledger, RunSpec spec, RowFiles rows, Func<int, int> random)
{
    public const int Most = 50;
    public const int HighestBand = 5;

    private const int MostFiles = 8;
    private const int MostWindows = 64;

    /// <summary>Of the text that is shown.</summary>
    private const int MostCharacters = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int MostAtOnce = 2;

    private int _atOnce;

    /// <returns>Null where others ask at this moment.</returns>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The run has ended.</exception>
    public async Task<DocumentPage?> SampleAsync(int band, int count, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _atOnce) > MostAtOnce)
                return null;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            var conditions = await loop.LookAsync(core => core.Files.Conditions(), patience.Token);
            return await Task.Run(() => ReadAsync(band, count, SomeOf(conditions), patience.Token), cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return DocumentPage.None($"nothing was found within {Durations.Describe(Patience)}; try again");
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ParquetFileException or HubException or
            UserErrorException)
        {
            return DocumentPage.None($"the input cannot be read here: {SingleLine(exception.Message)}");
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    /// <summary>Files with scores, by chance; those that wait may have some, and come last.</summary>
    private List<int> SomeOf(FileCondition[] conditions)
    {
        List<int> Chosen(Func<FileCondition, bool> which)
        {
            List<int> all = [.. conditions.Index().Where(file => which(file.Item)).Select(file => file.Index)];
            var most = Math.Min(MostFiles, all.Count);
            for (var i = 0; i < most; i++)
            {
                var other = i + random(all.Count - i);
                (all[i], all[other]) = (all[other], all[i]);
            }

            return all[..most];
        }

        return [
            .. Chosen(state => state is FileCondition.Done or FileCondition.Building or FileCondition.Working),
            .. Chosen(state => state is FileCondition.Waiting),
        ];
    }

    private async Task<DocumentPage> ReadAsync(
        int band, int count, IReadOnlyList<int> files, CancellationToken cancellationToken)
    {
        var documents = new List<ShownDocument>();
        var looked = 0L;
        foreach (var file in files.Take(MostFiles))
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
    internal static string FirstLines(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * MostCharacters)]);
        var lines = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (lines.Length >= MostCharacters)
                return lines.Append('…').ToString();
            var isShown = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format);
            if (rune.Value == '\n' || isShown)
                lines.Append(rune.ToString());
            else if (rune.Value == '\t')
                lines.Append(' ');
        }

        return lines.ToString();
    }

    private static string SingleLine(string text) => PlainText.Clean(text, 500);
}

/// <param name="Note">Why there are none; null where there are some.</param>
internal sealed record DocumentPage(IReadOnlyList<ShownDocument> Items, string? Note)
{
    public static DocumentPage None(string note) => new([], note);
}

/// <param name="Text">Its beginning.</param>
/// <param name="Row">In the file.</param>
internal sealed record ShownDocument(double Score, string Text, string File, long Row);

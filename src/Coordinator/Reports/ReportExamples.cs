using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>
/// Some documents of each <c>int_score</c>, evenly from a few files of the run: the same ones each time, by the run's
/// id. Scores are the ledger's, texts the input's.
/// </summary>
internal sealed class ReportExamples(ILedger ledger, RunSpec spec, string runId, RowFiles rows, TimeProvider time)
{
    private const int MostFiles = 8;

    /// <summary>Of a file.</summary>
    private const int MostWindows = 64;

    private const int MostCharacters = 400;

    /// <summary>A report is not waited for any longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ulong _seed = Convert.ToUInt64(Sha256.Of(runId)[..16], 16);

    /// <param name="files">That are done.</param>
    /// <param name="count">Of each score; 0 for none.</param>
    public async Task<ExampleBands> ReadAsync(IEnumerable<int> files, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
            return ExampleBands.None;
        var chosen = Choose([.. files.OrderBy(file => Mix((ulong)file)).Take(MostFiles)], count, cancellationToken);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var (documents, problem) = (new List<ReportExample>(), (string?)null);
        foreach (var file in chosen.GroupBy(one => one.File).OrderBy(file => file.Key))
        {
            try
            {
                documents.AddRange(await ReadAsync(file.Key, [.. file.OrderBy(one => one.Row)], either.Token));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && IsOfInput(exception))
            {
                problem ??= exception is OperationCanceledException
                    ? $"not all texts came within {Durations.Describe(Patience)}"
                    : ErrorLine.Describe(exception).Line;
            }
        }

        return new ExampleBands(
            [.. documents.GroupBy(one => one.Band).OrderByDescending(band => band.Key).Select(band => new ExampleBand(
                band.Key,
                [.. band.OrderByDescending(one => one.Score).ThenBy(one => one.File, StringComparer.Ordinal)
                    .ThenBy(one => one.Row)]))],
            problem);
    }

    private static bool IsOfInput(Exception exception) => exception is IOException or UnauthorizedAccessException or
        ParquetFileException or HubException or UserErrorException or OperationCanceledException;

    /// <summary>Of each score those rows whose numbers, mixed with the run's id, are the lowest.</summary>
    private List<Choice> Choose(List<int> files, int count, CancellationToken cancellationToken)
    {
        var bands = Enumerable.Range(0, DocumentSamples.HighestBand + 1).Select(_ => new PriorityQueue<Choice, ulong>(
            Comparer<ulong>.Create((one, other) => other.CompareTo(one)))).ToList();
        foreach (var file in files)
        {
            foreach (var (window, scores) in ledger.ReadScores(file).Take(MostWindows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (var i = 0; i < scores.Length; i++)
                {
                    if (!float.IsFinite(scores[i]))
                        continue;
                    var (band, row) = (bands[EduScore.ToIntScore(scores[i])], ((long)window * spec.WindowRows) + i);
                    var place = Mix(((ulong)file << 40) ^ (ulong)row);
                    if (band.Count < count)
                        band.Enqueue(new Choice(file, row, scores[i]), place);
                    else
                        band.EnqueueDequeue(new Choice(file, row, scores[i]), place);
                }
            }
        }

        return [.. bands.SelectMany(band => band.UnorderedItems).Select(item => item.Element)];
    }

    private async Task<IEnumerable<ReportExample>> ReadAsync(
        int file, List<Choice> chosen, CancellationToken cancellationToken)
    {
        var record = ledger.ReadFile(file).Record;
        if (!HubPaths.IsHub(record.Path) && (new FileInfo(record.Path) is not { Exists: true } input ||
            input.Length != record.Size || input.LastWriteTimeUtc.Ticks != record.ModifiedTicks))
            throw new IOException($"{record.Name} is gone, or another file than was scored");
        var read = await rows.ReadAsync(
            record.Path, withScores: false, [.. chosen.Select(one => one.Row)], cancellationToken);
        return chosen.Zip(read, (one, row) => new ReportExample(
            EduScore.ToIntScore(one.Score), one.Score, ScoredDocuments.FirstLines(row.Text ?? [], MostCharacters),
            record.Name, one.Row));
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).</summary>
    private ulong Mix(ulong number)
    {
        unchecked
        {
            var mixed = (number ^ _seed) + 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }

    private readonly record struct Choice(int File, long Row, float Score);
}

/// <param name="Bands">The highest first; those of which no document was seen are left out.</param>
/// <param name="Problem">Why some texts are missing; null where none is.</param>
internal sealed record ExampleBands(IReadOnlyList<ExampleBand> Bands, string? Problem)
{
    public static ExampleBands None { get; } = new([], null);
}

/// <summary>Documents of one <c>int_score</c>.</summary>
internal sealed record ExampleBand(int Band, IReadOnlyList<ReportExample> Documents);

/// <param name="Text">Its beginning.</param>
/// <param name="File">Of the run's input.</param>
/// <param name="Row">In the file.</param>
internal sealed record ReportExample(int Band, float Score, string Text, string File, long Row);

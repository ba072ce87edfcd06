using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
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
    private const int MostAtOnce = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ScoredDocuments _documents = new(ledger, spec, rows);
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
            var files = SomeOf(conditions);
            return await Task.Run(() => _documents.ReadAsync(band, count, files, patience.Token), cancellationToken);
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

        var scored = Chosen(state => state is FileCondition.Done or FileCondition.Building or FileCondition.Working);
        return [.. scored.Concat(Chosen(state => state is FileCondition.Waiting)).Take(MostFiles)];
    }

    private static string SingleLine(string text) => PlainText.Clean(text, 500);
}

using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>Where the run's state is, and what keeps other coordinators from it.</summary>
internal sealed partial class RunPreparation
{
    private static readonly TimeSpan LockPause = TimeSpan.FromSeconds(1);

    /// <summary>In it a coordinator ends that learns that it was deposed.</summary>
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <summary>Of one that is stopped nothing is to be expected.</summary>
    private static readonly TimeSpan LockPatienceWithAStuckOne = TimeSpan.FromSeconds(1);

    private LedgerPlace Place => LedgerPlace.Choose(options.RunFolder, options.Ledger, _spec.Digest);

    private PostgresOptions LedgerOptions => new() { Tell = warn };

    /// <summary>The ledger, once nobody else leads the run.</summary>
    private async Task<PostgresLedger> WaitForLeadAsync(CancellationToken cancellationToken) => Place.Database is { } database
        ? await PostgresLedger.WaitAsync(database, LedgerOptions, warn, cancellationToken)
        : throw new UserErrorException(
            "a standby needs the run's ledger in a database that both machines reach: give --ledger postgres://…, to " +
            "'coordinator run' as well", ExitCode.Usage);

    /// <summary>
    /// A standby that has the lead waits a while for the folders. Who holds them then is the same run's coordinator that
    /// was deposed, cut off or stopped: it writes to the ledger no more, and the ledger is what counts.
    /// </summary>
    private async Task TakeFoldersAsync(Holdings held, TimeSpan patience, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.RunFolder);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var taken = new Holdings();
            try
            {
                taken.Add(RunLock.Take(options.RunFolder));
                if (_folder is not null)
                    taken.Add(_folder.Take());
                held.Add(taken);
                return;
            }
            catch (UserErrorException refusal) when (options.Standby && _folder?.IsOfAnotherRun != true)
            {
                taken.Dispose();
                if (Stopwatch.GetElapsedTime(start) >= patience)
                {
                    warn($"{refusal.Message.Split(';')[0]}, but no longer leads the run: going on without it");
                    return;
                }

                await Task.Delay(LockPause, cancellationToken);
            }
            catch
            {
                taken.Dispose();
                throw;
            }
        }
    }
}

using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>Where the run's state is, and what keeps other coordinators from it.</summary>
internal sealed partial class RunPreparation
{
    private static readonly TimeSpan LockPause = TimeSpan.FromSeconds(1);

    private LedgerPlace Place => LedgerPlace.Choose(options.RunFolder, options.Ledger, _spec.Digest);

    private PostgresOptions LedgerOptions => new() { Tell = warn };

    /// <summary>The ledger, once nobody else leads the run.</summary>
    private async Task<ILedger> WaitForLeadAsync(CancellationToken cancellationToken) => Place.Database is { } database
        ? await PostgresLedger.WaitAsync(database, LedgerOptions, warn, cancellationToken)
        : throw new UserErrorException(
            "a standby needs the run's ledger in a database that both machines reach: give --ledger postgres://…, to " +
            "'coordinator run' as well", ExitCode.Usage);

    /// <summary>
    /// A standby that has the lead waits for the folders: a coordinator that was deposed may need a moment to end.
    /// </summary>
    private async Task TakeFoldersAsync(Holdings held, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.RunFolder);
        for (var told = false; ;)
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
            catch (UserErrorException refusal) when (options.Standby)
            {
                taken.Dispose();
                if (!told)
                    warn($"{refusal.Message}; waiting for its end");
                told = true;
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

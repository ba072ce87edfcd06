using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Where the ledger of a run is: in the run's folder, or in the database that the folder names.</summary>
/// <param name="Database">With a schema; null for a file in the folder.</param>
internal sealed record LedgerPlace(string RunFolder, PostgresAddress? Database)
{
    /// <summary>Somebody has begun it; perhaps no run has been created in it.</summary>
    /// <exception cref="UserErrorException">The database cannot be used.</exception>
    public bool Exists
    {
        get
        {
            using var ledger = Database is null ? null : PostgresLedger.OpenReadOnly(Database);
            return ledger is not null || (Database is null && File.Exists(FilePath));
        }
    }

    private string FilePath => RunPlaces.LedgerOf(RunFolder);

    /// <returns>Null where the folder has no ledger.</returns>
    /// <exception cref="UserErrorException">What the folder says of it cannot be read.</exception>
    public static LedgerPlace? Find(string runFolder)
    {
        var note = RunPlaces.LedgerAddressOf(runFolder);
        if (!File.Exists(note))
            return File.Exists(RunPlaces.LedgerOf(runFolder)) ? new LedgerPlace(runFolder, Database: null) : null;
        try
        {
            return new LedgerPlace(runFolder, PostgresAddress.Parse(File.ReadAllText(note).Trim()));
        }
        catch (FormatException fault)
        {
            throw new UserErrorException($"{note}: no address of a ledger: {fault.Message}", inner: fault);
        }
    }

    /// <summary>Of a run that is to start or go on.</summary>
    /// <param name="asked">Null where no database was named: then the folder says.</param>
    /// <param name="runId">Names the schema where none was given.</param>
    /// <exception cref="UserErrorException">The run's ledger is elsewhere.</exception>
    public static LedgerPlace Choose(string runFolder, PostgresAddress? asked, string runId)
    {
        var found = Find(runFolder);
        if (asked is null)
            return found ?? new LedgerPlace(runFolder, Database: null);
        asked = asked with { Schema = asked.Schema ?? found?.Database?.Schema ?? $"fineweb_{runId}" };
        if (found is null)
            return new LedgerPlace(runFolder, asked);
        // Another machine may have got the same database; another name means another ledger.
        return (found.Database?.Database, found.Database?.Schema) == (asked.Database, asked.Schema)
            ? new LedgerPlace(runFolder, asked)
            : throw new UserErrorException(
                $"--ledger {asked}: this run keeps its ledger in {found.Database?.ToString() ?? found.FilePath}; leave " +
                "--ledger out, or give another --run");
    }

    /// <exception cref="UserErrorException">
    /// It cannot be used: it is another version's, there is no database, or another coordinator works on the run.
    /// </exception>
    public ILedger Open(PostgresOptions options) =>
        Database is null ? SqliteLedger.Open(FilePath) : PostgresLedger.Open(Database, options);

    /// <summary>For looking at a run, also while its coordinator works.</summary>
    /// <returns>Null where there is none yet.</returns>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public ILedger? OpenReadOnly() => Database is not null
        ? PostgresLedger.OpenReadOnly(Database)
        : File.Exists(FilePath) ? SqliteLedger.OpenReadOnly(FilePath) : null;

    /// <summary>Lets the folder say where the ledger is, without the password.</summary>
    public void Note()
    {
        if (Database is not null)
            AtomicFile.Write(RunPlaces.LedgerAddressOf(RunFolder), System.Text.Encoding.UTF8.GetBytes($"{Database}\n"));
    }

    /// <summary>Removes a ledger that is not in the folder.</summary>
    /// <exception cref="UserErrorException">Somebody works on it, or the database cannot be used.</exception>
    public void Drop()
    {
        if (Database is not null)
            PostgresLedger.Drop(Database);
    }
}

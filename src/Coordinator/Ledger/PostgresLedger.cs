using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using Npgsql;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// A ledger in PostgreSQL, for runs that another machine is to go on with. A connection that is lost is made anew for a
/// while; whether the transaction under way took effect is found out, and it is not applied twice.
/// </summary>
internal sealed class PostgresLedger : ILedger
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Between two attempts to take a run that another coordinator leads.</summary>
    private static readonly TimeSpan WaitInterval = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks whether this coordinator still leads, while it has nothing to write.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly PostgresAddress _address;
    private readonly NpgsqlDataSource _readers;
    private readonly NpgsqlDataSource _writers;
    private readonly PostgresOptions _options;
    private readonly Lock _writing = new();
    private SignsOfLife? _signs;
    private PostgresSession? _session;
    private long _lastCommit;

    private PostgresLedger(PostgresAddress address, PostgresOptions options)
    {
        (_address, _options) = (address, options);
        _readers = PostgresSession.Source(address, pooled: true);
        _writers = PostgresSession.Source(address, pooled: false);
        _lastCommit = options.Time.GetTimestamp();
    }

    private string Schema => _address.Schema!;

    /// <param name="address">With a schema.</param>
    /// <exception cref="UserErrorException">
    /// The database cannot be used, or another coordinator works on this run.
    /// </exception>
    public static PostgresLedger Open(PostgresAddress address, PostgresOptions options) =>
        Opened(address, options, ledger =>
        {
            if (!ledger.TryLead())
                throw new UserErrorException(
                    $"--ledger {address}: another coordinator ({ledger.Holder()}) works on this run; end it first, or " +
                    "wait for its end with 'coordinator standby'");
        });

    /// <summary>As <see cref="Open"/>, as soon as no other coordinator works on the run.</summary>
    /// <param name="tell">Hears who leads it, once for each, and that the database is away.</param>
    public static async Task<PostgresLedger> WaitAsync(
        PostgresAddress address, PostgresOptions options, Action<string> tell, CancellationToken cancellationToken)
    {
        var told = "";
        var wasStuck = false;
        while (true)
        {
            string state;
            PostgresLedger? ledger = null;
            try
            {
                var (leads, holder) = (false, "");
                ledger = Opened(address, options, wasStuck, opened =>
                {
                    leads = opened.TryLead();
                    holder = leads ? "" : opened.Holder();
                });
                if (leads)
                    return ledger;
                var isStuck = ledger.Once(sql => PostgresSession.EndStuck(sql, address.Schema!, options.StuckAfter));
                wasStuck |= isStuck;
                state = isStuck
                    ? $"{holder}, has given no sign of life for {Durations.Describe(options.StuckAfter)}: taking the run over"
                    : $"{holder}, leads the run; waiting for its end";
            }
            catch (UserErrorException away) when (told.Length > 0 && away.InnerException is { } fault &&
                PostgresFaults.IsPassing(fault))
            {
                state = $"{away.Message}; trying on";
            }

            ledger?.Dispose();
            if (state != told)
                tell(told = state);
            await Task.Delay(WaitInterval, options.Time, cancellationToken);
        }
    }

    /// <summary>For looking at a run, also while its coordinator works.</summary>
    /// <returns>Null where the database has no ledger of that name.</returns>
    /// <exception cref="UserErrorException">The database cannot be used.</exception>
    public static PostgresLedger? OpenReadOnly(PostgresAddress address)
    {
        var has = false;
        var ledger = Opened(address, new PostgresOptions(), opened => has = opened.Read(opened.HasTables));
        if (has)
            return ledger;
        ledger.Dispose();
        return null;
    }

    /// <summary>Removes a ledger that nobody works on.</summary>
    /// <exception cref="UserErrorException">Somebody does, or the database cannot be used.</exception>
    public static void Drop(PostgresAddress address)
    {
        using var ledger = Open(address, new PostgresOptions());
        ledger.Read(sql => sql.Query($"DROP SCHEMA {address.Schema} CASCADE", _ => 0));
    }

    public LedgerContents? Load() => Read(sql =>
    {
        // All of one moment.
        sql.Query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", _ => 0);
        var contents = LedgerReader.Load(sql);
        sql.Query("COMMIT", _ => 0);
        return contents is null ? null : contents with { ReadScores = ReadScores };
    });

    public void Create(RunRecord run, IReadOnlyList<FileRecord> files) => Write(writer =>
    {
        writer.Insert(run);
        foreach (var file in files)
            writer.Insert(file);
    });

    public void Commit(IReadOnlyList<LedgerChange> changes)
    {
        // Also with nothing to write: one that has been deposed is to end, rather than to let its workers wait.
        if (changes.Count == 0 && _options.Time.GetElapsedTime(_lastCommit) < CheckInterval)
            return;
        Write(writer =>
        {
            foreach (var change in changes)
                writer.Apply(change);
        });
    }

    public IEnumerable<(int Window, float[] Scores)> ReadScores(int file) => LedgerReader.ReadScores(
        (last, limit) => Read(sql => LedgerReader.ReadPage(sql, file, last, limit)));

    public IReadOnlyList<ShardRecord> ReadUncommittedShards() => Read(LedgerReader.ReadUncommittedShards);

    public StoredFile ReadFile(int file) => Read(sql => LedgerReader.ReadFilePage(sql, file - 1, 1)[0]);

    public IEnumerable<StoredFile> ReadFiles() =>
        LedgerReader.ReadFiles((last, limit) => Read(sql => LedgerReader.ReadFilePage(sql, last, limit)));

    /// <summary>Whether a coordinator works on the run, wherever it is.</summary>
    public bool IsLed => Read(sql => PostgresSession.IsLocked(sql, Schema));

    /// <summary>Whoever led the run before gave no sign of life any more: it will not give its other locks up.</summary>
    public bool IsTakenFromAStuckOne { get; private init; }

    public void Dispose()
    {
        _signs?.Dispose();
        _session?.Dispose();
        _writers.Dispose();
        _readers.Dispose();
    }

    private static PostgresLedger Opened(
        PostgresAddress address, PostgresOptions options, Action<PostgresLedger> use) =>
        Opened(address, options, wasStuck: false, use);

    private static PostgresLedger Opened(
        PostgresAddress address, PostgresOptions options, bool wasStuck, Action<PostgresLedger> use)
    {
        PostgresLedger? ledger = null;
        try
        {
            ledger = new PostgresLedger(address, options) { IsTakenFromAStuckOne = wasStuck };
            ledger.CheckVersion();
            use(ledger);
            return ledger;
        }
        catch (Exception exception) when (exception is not UserErrorException)
        {
            ledger?.Dispose();
            throw PostgresFaults.Refusal(address, exception);
        }
        catch
        {
            ledger?.Dispose();
            throw;
        }
    }

    private bool HasTables(SqlCommands sql) => PostgresSession.HasTables(sql, Schema);

    private string Holder() => Once(sql => HasTables(sql)
        ? sql.Query("SELECT holder FROM leader", row => row.GetString(0))[0]
        : "on another machine");

    private void CheckVersion()
    {
        var versions = Once(sql => HasTables(sql)
            ? sql.Query("SELECT version FROM leader", row => row.GetInt64(0))
            : []);
        if (versions.Any(version => version != Ledger.Schema.Version))
            throw new UserErrorException(
                $"{_address}: ledger version {versions[0]}, but this program reads version {Ledger.Schema.Version}; " +
                "finish the run with the program that started it, or start another with another schema");
    }

    private bool TryLead()
    {
        var session = PostgresSession.Open(_writers);
        if (!session.TryLock(Schema))
        {
            session.Dispose();
            return false;
        }

        _session = session;
        session.CreateTables(Schema);
        session.Lead();
        _signs = new SignsOfLife(_options.SignInterval, Sign);
        return true;
    }

    /// <summary>Whatever is being written is a sign of life by itself, and a lost connection shows when it is used.</summary>
    private void Sign()
    {
        if (!_writing.TryEnter())
            return;
        try
        {
            _session!.Sign();
        }
        catch (Exception exception) when (exception is PostgresException || PostgresFaults.IsPassing(exception))
        {
            // The next transaction finds out what there is to be done.
        }
        finally
        {
            _writing.Exit();
        }
    }

    private void Write(Action<LedgerWriter> action)
    {
        using var writing = _writing.EnterScope();
        try
        {
            if (_session is null || !_session.TryCommit(action))
                throw Deposed();
        }
        catch (Exception exception) when (PostgresFaults.IsPassing(exception))
        {
            WriteAgain(action, exception);
        }
        catch (PostgresException exception) when (!PostgresFaults.IsConstraint(exception))
        {
            throw new IOException(
                $"{_address}: the ledger cannot be written to: {PostgresFaults.Describe(_address, exception)}", exception);
        }

        _lastCommit = _options.Time.GetTimestamp();
    }

    /// <summary>Over another connection, unless it took effect over the one that was lost.</summary>
    private void WriteAgain(Action<LedgerWriter> action, Exception fault) => Insist(fault, () =>
    {
        var before = _session!;
        var session = PostgresSession.Open(_writers);
        try
        {
            // What was sent over the lost connection may still be under way; when that has ended, its lock is free.
            session.End(before.Backend);
            if (!session.TryLock(Schema))
            {
                if (session.ReadLeader().Epoch != before.Epoch)
                    throw Deposed();
                throw new TimeoutException("the lock of the lost connection is still held");
            }

            var (epoch, commits, _) = session.ReadLeader();
            session.Lead(before.Epoch, commits);
            // One more than was known: it took effect, and only the answer was lost.
            if (epoch != before.Epoch || (commits == before.Commits && !session.TryCommit(action)))
                throw Deposed();
            _session = session;
            before.Dispose();
        }
        catch
        {
            session.Dispose();
            throw;
        }

        return true;
    });

    /// <summary>Over a connection of the pool, which holds nothing afterwards.</summary>
    private T Read<T>(Func<SqlCommands, T> read)
    {
        try
        {
            return Once(read);
        }
        catch (Exception exception) when (PostgresFaults.IsPassing(exception))
        {
            return Insist(exception, () => Once(read));
        }
    }

    private T Once<T>(Func<SqlCommands, T> read)
    {
        using var connection = _readers.OpenConnection();
        using var sql = new SqlCommands(connection);
        return read(sql);
    }

    /// <summary>Says what has happened, unless it turns out that this coordinator is to end: then that is said alone.
    /// </summary>
    /// <exception cref="IOException">It did not work for as long as is waited.</exception>
    private T Insist<T>(Exception fault, Func<T> action)
    {
        var what = $"{_address}: {PostgresFaults.Describe(_address, fault)}";
        var start = _options.Time.GetTimestamp();
        try
        {
            var done = action();
            _options.Tell($"{what}; it is there again");
            return done;
        }
        catch (Exception exception) when (PostgresFaults.IsPassing(exception))
        {
            _options.Tell($"{what}; trying again for up to {Durations.Describe(_options.Patience)}");
            _options.Wait(Pause);
        }

        while (true)
        {
            try
            {
                return action();
            }
            catch (Exception exception) when (PostgresFaults.IsPassing(exception))
            {
                if (_options.Time.GetElapsedTime(start) >= _options.Patience)
                    throw new IOException(
                        $"{_address}: {PostgresFaults.Describe(_address, exception)}, and that for " +
                        $"{Durations.Describe(_options.Patience)}; nothing is lost, the same command goes on", exception);
                _options.Wait(Pause);
            }
        }
    }

    private UserErrorException Deposed() => new(
        $"--ledger {_address}: another coordinator has taken this run over; this one ends, and its workers go to the other");
}

/// <summary>How a ledger in PostgreSQL behaves.</summary>
internal sealed record PostgresOptions
{
    /// <summary>How long a connection that is lost is tried again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two signs of life of a leader.</summary>
    public TimeSpan SignInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A standby ends a leader that has given none for so long.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Hears when that begins.</summary>
    public Action<string> Tell { get; init; } = _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Holds the calling thread up.</summary>
    public Action<TimeSpan> Wait { get; init; } = Thread.Sleep;
}

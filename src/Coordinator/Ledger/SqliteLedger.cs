using FineWebTorch.Common;
using Microsoft.Data.Sqlite;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>A ledger in one SQLite file.</summary>
/// <remarks>
/// WAL, so that <c>status</c> and shard builders read while scores are written. synchronous=FULL: a fencing token that
/// was given out must never be given out again, not even after a power failure, and with all that arrived meanwhile in
/// one transaction the price is some ten syncs a second.
/// </remarks>
internal sealed class SqliteLedger : ILedger
{
    /// <summary>SQLITE_CONSTRAINT: not the disk's fault but ours.</summary>
    private const int SqliteConstraint = 19;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqlCommands _sql;
    private readonly LedgerWriter _writer;

    private SqliteLedger(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        _sql = new SqlCommands(connection);
        _writer = new LedgerWriter(_sql);
    }

    /// <summary>The lock of the run's folder tells that.</summary>
    public bool IsLed => false;

    /// <exception cref="UserErrorException">The file is no ledger, or another version's.</exception>
    public static SqliteLedger Open(string path) => Open(path, SqliteOpenMode.ReadWriteCreate);

    /// <summary>For looking at a run, also while its coordinator works.</summary>
    public static SqliteLedger OpenReadOnly(string path) => Open(path, SqliteOpenMode.ReadOnly);

    public LedgerContents? Load()
    {
        // All of one moment, also while a coordinator works on the run.
        _sql.Execute("BEGIN");
        try
        {
            return LedgerReader.Load(_sql) is { } contents ? contents with { ReadScores = ReadScores } : null;
        }
        finally
        {
            _sql.Execute("COMMIT");
        }
    }

    public void Create(RunRecord run, IReadOnlyList<FileRecord> files) => InTransaction(() =>
    {
        _writer.Insert(run);
        foreach (var file in files)
            _writer.Insert(file);
    });

    public void Commit(IReadOnlyList<LedgerChange> changes)
    {
        if (changes.Count == 0)
            return;
        InTransaction(() =>
        {
            foreach (var change in changes)
                _writer.Apply(change);
        });
    }

    public IEnumerable<(int Window, float[] Scores)> ReadScores(int file)
    {
        using var connection = Connect(_path, SqliteOpenMode.ReadOnly);
        using var sql = new SqlCommands(connection);
        foreach (var window in LedgerReader.ReadScores((last, limit) => LedgerReader.ReadPage(sql, file, last, limit)))
            yield return window;
    }

    public StoredFile ReadFile(int file)
    {
        using var connection = Connect(_path, SqliteOpenMode.ReadOnly);
        using var sql = new SqlCommands(connection);
        return LedgerReader.ReadFilePage(sql, file - 1, 1)[0];
    }

    public IEnumerable<StoredFile> ReadFiles()
    {
        using var connection = Connect(_path, SqliteOpenMode.ReadOnly);
        using var sql = new SqlCommands(connection);
        foreach (var file in LedgerReader.ReadFiles((last, limit) => LedgerReader.ReadFilePage(sql, last, limit)))
            yield return file;
    }

    public IReadOnlyList<ShardRecord> ReadUncommittedShards()
    {
        using var connection = Connect(_path, SqliteOpenMode.ReadOnly);
        using var sql = new SqlCommands(connection);
        return LedgerReader.ReadUncommittedShards(sql);
    }

    public void Dispose()
    {
        _sql.Dispose();
        _connection.Dispose();
    }

    /// <summary>Plain statements: a transaction object would have to be set on every prepared command.</summary>
    private void InTransaction(Action action)
    {
        _sql.Execute("BEGIN IMMEDIATE");
        try
        {
            action();
            _sql.Execute("COMMIT");
        }
        catch (SqliteException exception)
        {
            RollBack();
            if (exception.SqliteErrorCode == SqliteConstraint)
                throw;
            throw new IOException($"{_path}: the ledger cannot be written to: {exception.Message}", exception);
        }
    }

    private void RollBack()
    {
        _writer.Forget();
        try
        {
            _sql.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // It was rolled back already; the error before this one says why.
        }
    }

    private static SqliteLedger Open(string path, SqliteOpenMode mode)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Connect(path, mode);
            if (mode != SqliteOpenMode.ReadOnly)
                Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;");
            CheckVersion(connection, path, mode);
            return new SqliteLedger(path, connection);
        }
        catch (SqliteException exception)
        {
            connection?.Dispose();
            throw new UserErrorException($"{path}: cannot be read as a ledger ({exception.Message})", inner: exception);
        }
        catch (UserErrorException)
        {
            connection?.Dispose();
            throw;
        }
    }

    private static void CheckVersion(SqliteConnection connection, string path, SqliteOpenMode mode)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var version = (long)command.ExecuteScalar()!;
        if (version == 0 && mode != SqliteOpenMode.ReadOnly)
            Execute(connection, $"BEGIN IMMEDIATE; {Schema.SqliteTables} PRAGMA user_version = {Schema.Version}; COMMIT;");
        else if (version != Schema.Version)
            throw new UserErrorException(
                $"{path}: ledger version {version}, but this program reads version {Schema.Version}; " +
                "finish the run with the program that started it, or start another with --run");
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        // Not pooled: a pooled connection would keep the file open after the ledger is disposed.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using Npgsql;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// The one connection by which a coordinator leads a run. It holds an advisory lock, which the server gives up when the
/// connection ends, however its process or machine did; and every transaction on it demands that the epoch is still
/// ours, so that a coordinator that was taken for dead and comes back cannot write.
/// </summary>
internal sealed class PostgresSession : IDisposable
{
    /// <summary>
    /// In PostgreSQL alone. <c>commits</c> tells whether a transaction took effect whose answer was lost with the
    /// connection.
    /// </summary>
    private const string LeaderTable = """
        CREATE TABLE leader (
            id BIGINT PRIMARY KEY CHECK (id = 1),
            version BIGINT NOT NULL,        -- of the tables
            epoch BIGINT NOT NULL,          -- raised by each coordinator that takes the run
            commits BIGINT NOT NULL,
            holder TEXT NOT NULL
        );
        """;

    /// <summary>The server's side notices within 20 s that this machine has vanished, and gives the lock up.</summary>
    private const string Watchful = """
        SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2;
        SET tcp_user_timeout = 15000; SET synchronous_commit = on;
        """;

    /// <summary>The server's process of the connection that holds lock $1.</summary>
    private const string LockHolder =
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = " +
        "(SELECT oid FROM pg_database WHERE datname = current_database()) AND " +
        "((classid::bigint << 32) | objid::bigint) = $1";

    private readonly NpgsqlConnection _connection;
    private readonly SqlCommands _sql;
    private readonly LedgerWriter _writer;

    private PostgresSession(NpgsqlConnection connection)
    {
        _connection = connection;
        _sql = new SqlCommands(connection);
        _writer = new LedgerWriter(_sql);
    }

    public static string Me { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}, process {Environment.ProcessId}");

    /// <summary>Of this coordinator: higher than that of any before.</summary>
    public long Epoch { get; private set; }

    /// <summary>Transactions on this ledger so far.</summary>
    public long Commits { get; private set; }

    /// <summary>What tells the server's side of this connection from any other.</summary>
    public (int Process, DateTime Started) Backend { get; private init; }

    /// <param name="pooled">False for connections that hold the run's lock.</param>
    public static NpgsqlDataSource Source(PostgresAddress address, bool pooled)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Database = address.Database,
            Username = address.User.Length > 0 ? address.User : null,
            Password = address.Password,
            SearchPath = address.Schema,
            ApplicationName = $"fineweb coordinator ({Me})",
            Pooling = pooled,
            MaxPoolSize = 16,
            Timeout = 10,
            CommandTimeout = 30,
            MaxAutoPrepare = 64,
            // A database whose machine has vanished is noticed, as it notices ours.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 5,
            TcpKeepAliveInterval = 5,
        };
        if (address.SslMode is not null)
            builder["SSL Mode"] = address.SslMode.Replace("-", "", StringComparison.Ordinal);
        return NpgsqlDataSource.Create(builder);
    }

    public static PostgresSession Open(NpgsqlDataSource source)
    {
        var connection = source.OpenConnection();
        try
        {
            if (connection.PostgreSqlVersion < new Version(12, 0))
                throw new UserErrorException(
                    $"--ledger: this is PostgreSQL {connection.PostgreSqlVersion}; version 12 or later is needed");
            using var command = new NpgsqlCommand(Watchful, connection);
            command.ExecuteNonQuery();
            command.CommandText =
                "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";
            using var reader = command.ExecuteReader();
            reader.Read();
            return new PostgresSession(connection) { Backend = (reader.GetInt32(0), reader.GetDateTime(1)) };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <returns>False while another connection holds the lock.</returns>
    public bool TryLock(string schema) =>
        _sql.Query("SELECT pg_try_advisory_lock($1)", row => row.GetBoolean(0), LockOf(schema))[0];

    /// <summary>Makes the tables of a schema that has none.</summary>
    public void CreateTables(string schema) => InTransaction(() =>
    {
        if (HasTables(_sql, schema))
            return;
        // One that somebody has made for us needs no right to make any.
        if (_sql.Query("SELECT 1 FROM pg_namespace WHERE nspname = $1", _ => true, schema).Count == 0)
            _sql.Execute($"CREATE SCHEMA {schema}");
        _sql.Query(Schema.Tables + LeaderTable, _ => 0);
        // Scores are noise to a compressor.
        _sql.Execute("ALTER TABLE scores ALTER COLUMN scores SET STORAGE EXTERNAL");
        _sql.Execute("INSERT INTO leader VALUES (1, $1, 0, 0, '')", Schema.Version);
    });

    /// <summary>Takes the run: whoever led it before cannot write any more.</summary>
    public void Lead() => InTransaction(() => (Epoch, Commits) = _sql.Query(
        "UPDATE leader SET epoch = epoch + 1, holder = $1 RETURNING epoch, commits",
        row => (row.GetInt64(0), row.GetInt64(1)), Me)[0]);

    /// <summary>Goes on with what another connection of this coordinator has led.</summary>
    public void Lead(long epoch, long commits) => (Epoch, Commits) = (epoch, commits);

    public (long Epoch, long Commits, string Holder) ReadLeader() => _sql.Query(
        "SELECT epoch, commits, holder FROM leader",
        row => (row.GetInt64(0), row.GetInt64(1), row.GetString(2)))[0];

    /// <summary>Lets the server see that this coordinator lives: it keeps the time of the last statement.</summary>
    public void Sign() => _sql.Query("SELECT 1", _ => 0);

    /// <summary>Ends the connection of a leader that has given no sign of life for so long, as one that is stopped: only its
    /// kernel keeps the connection. The server's clock counts. One that waits for the server's answer is not meant.
    /// </summary>
    /// <returns>Whether there was one; its lock is free a moment later.</returns>
    public static bool EndStuck(SqlCommands sql, string schema, TimeSpan silence) => sql.Query(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN ({LockHolder}) AND state LIKE 'idle%' " +
        "AND clock_timestamp() - state_change > make_interval(secs => $2)", row => row.GetBoolean(0), LockOf(schema),
        silence.TotalSeconds).Contains(true);

    /// <summary>Whether a coordinator holds the lock.</summary>
    public static bool IsLocked(SqlCommands sql, string schema) =>
        sql.Query(LockHolder, _ => true, LockOf(schema)).Count > 0;

    /// <summary>Ends the server's side of a connection, so that nothing that was sent over it takes effect any more.
    /// </summary>
    public void End((int Process, DateTime Started) backend) => _sql.Query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2",
        row => row.GetBoolean(0), backend.Process, backend.Started);

    /// <returns>False where another coordinator leads the run by now: nothing was done.</returns>
    public bool TryCommit(Action<LedgerWriter> action)
    {
        var commits = new List<long>();
        InTransaction(() =>
        {
            commits = _sql.Query(
                "UPDATE leader SET commits = commits + 1 WHERE epoch = $1 RETURNING commits", row => row.GetInt64(0),
                Epoch);
            if (commits.Count > 0)
                action(_writer);
        });
        if (commits.Count == 0)
            return false;
        Commits = commits[0];
        return true;
    }

    public static bool HasTables(SqlCommands sql, string schema) => sql.Query(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'leader'", _ => true,
        schema).Count > 0;

    /// <summary>Of the database, not of a schema: so there is a number for each.</summary>
    public static long LockOf(string schema) =>
        BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"fineweb ledger {schema}")));

    /// <summary>Gives the lock up at once; the server notices the end of a connection a moment later.</summary>
    public void Dispose()
    {
        try
        {
            _sql.Query("SELECT pg_advisory_unlock_all()", _ => 0);
        }
        catch (Exception lost) when (PostgresFaults.IsPassing(lost) || lost is PostgresException)
        {
            // With the connection the lock has gone.
        }

        _sql.Dispose();
        _connection.Dispose();
    }

    private void InTransaction(Action action)
    {
        using var transaction = _connection.BeginTransaction();
        try
        {
            action();
            _sql.Flush();
            transaction.Commit();
        }
        catch
        {
            _sql.Discard();
            _writer.Forget();
            throw;
        }
    }
}

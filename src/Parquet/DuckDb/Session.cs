namespace FineWebTorch.Parquet.DuckDb;

/// <summary>
/// A database, mostly in memory, with one connection, set up for streaming: one thread, no spilling, no downloads, no
/// cache that outlives the file it was read from. One statement at a time.
/// </summary>
internal sealed class Session : IDisposable
{
    private static readonly (string Name, string Value)[] Settings =
    [
        // A second thread gains little and costs much memory.
        ("threads", "1"),
        // The default spills into ".tmp" in the working directory.
        ("temp_directory", ""),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        // With it, a file replaced within a second is read with the old footer.
        ("enable_external_file_cache", "false"),
        // The right side of a join stays the one that is hashed.
        ("disabled_optimizers", "join_order,build_side_probe_side"),
    ];

    private readonly DatabaseHandle _database;

    private Session(DatabaseHandle database, ConnectionHandle connection)
    {
        _database = database;
        Connection = connection;
    }

    public ConnectionHandle Connection { get; }

    /// <param name="memoryLimitMegabytes">
    /// Beyond it a statement fails. Counts DuckDB's buffers, but not the chunk handed out.
    /// </param>
    /// <param name="path">A new database file for tables larger than memory; null for one in memory.</param>
    /// <exception cref="NotSupportedException">DuckDB's library is missing or of another version.</exception>
    public static Session Open(int memoryLimitMegabytes, string? path = null)
    {
        _ = DuckDbLibrary.Version;
        var database = OpenDatabase(memoryLimitMegabytes, path);
        if (NativeMethods.Connect(database, out var connection) != State.Success)
        {
            database.Dispose();
            throw new DuckDbException(ErrorType.Invalid, "cannot connect to the database in memory");
        }
        var session = new Session(database, connection);
        try
        {
            // The default of 1 MB leaves texts out of its count and lets 200 MB of them pile up.
            session.Execute("SET streaming_buffer_size='1KB'");
            // Bytes stay bytes, whatever a "geo" entry in the metadata says.
            session.Execute("SET enable_geoparquet_conversion=false");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Starts a query whose rows are computed as they are fetched.</summary>
    /// <exception cref="DuckDbException">It cannot be compiled or started.</exception>
    public unsafe Query Start(string sql, CancellationToken cancellationToken = default)
    {
        var prepared = NativeMethods.Prepare(Connection, sql, out var statement);
        using (statement)
        {
            if (prepared != State.Success)
                throw new DuckDbException(ErrorType.Invalid, Utf8.String(NativeMethods.PrepareError(statement)));
            var state = NativeMethods.PendingPreparedStreaming(statement, out var pending);
            using (pending)
            {
                return state == State.Success
                    ? Query.Execute(this, pending, cancellationToken)
                    : throw new DuckDbException(ErrorType.Invalid, Utf8.String(NativeMethods.PendingError(pending)));
            }
        }
    }

    /// <summary>Runs a statement to its end; gives the integer it ends with, where there is one.</summary>
    /// <exception cref="OperationCanceledException">The connection stays usable.</exception>
    public long Execute(string sql, CancellationToken cancellationToken = default)
    {
        using var query = Start(sql, cancellationToken);
        var number = 0L;
        while (query.Next(cancellationToken))
        {
            if (query.ColumnCount > 0 && query.ColumnType(0) == TypeId.BigInt)
                number = query.Column(0).Number(0);
        }
        return number;
    }

    public void Dispose()
    {
        Connection.Dispose();
        _database.Dispose();
    }

    private static unsafe DatabaseHandle OpenDatabase(int memoryLimitMegabytes, string? path)
    {
        _ = NativeMethods.CreateConfig(out var config);
        try
        {
            foreach (var (name, value) in Settings.Append(("memory_limit", $"{memoryLimitMegabytes}MiB")))
            {
                if (NativeMethods.SetConfig(config, name, value) != State.Success)
                    throw new DuckDbException(ErrorType.Invalid, $"the setting {name} is not known");
            }
            if (NativeMethods.OpenExt(path, out var database, config, out var error) == State.Success)
                return database;
            database.Dispose();
            var message = Utf8.String(error);
            NativeMethods.Free(error);
            throw new DuckDbException(ErrorType.Invalid, message);
        }
        finally
        {
            NativeMethods.DestroyConfig(ref config);
        }
    }
}

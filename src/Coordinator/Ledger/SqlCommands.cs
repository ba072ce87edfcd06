using System.Data.Common;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// Statements of one connection, with parameters $1, $2, … Where a database is asked over a network they wait for each
/// other, so that a transaction of hundreds costs one round trip; else they are prepared and kept by their text.
/// </summary>
internal sealed class SqlCommands(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);
    private DbBatch? _waiting;

    /// <summary>At the latest when <see cref="Flush"/> is called or something is asked.</summary>
    public void Execute(string sql, params ReadOnlySpan<object?> values)
    {
        if (!connection.CanCreateBatch)
        {
            Prepare(sql, values).ExecuteNonQuery();
            return;
        }

        _waiting ??= connection.CreateBatch();
        var command = _waiting.CreateBatchCommand();
        command.CommandText = sql;
        foreach (var value in values)
            command.Parameters.Add(Positional(command.CreateParameter(), value));
        _waiting.BatchCommands.Add(command);
    }

    /// <summary>Executes what waits.</summary>
    public void Flush()
    {
        using var batch = _waiting;
        _waiting = null;
        batch?.ExecuteNonQuery();
    }

    /// <summary>Forgets what waits.</summary>
    public void Discard()
    {
        _waiting?.Dispose();
        _waiting = null;
    }

    public List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        Flush();
        using var once = connection.CanCreateBatch ? connection.CreateCommand() : null;
        using var reader = (once is null ? Prepare(sql, values) : Fill(once, sql, values)).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    public void Dispose()
    {
        Discard();
        foreach (var command in _prepared.Values)
            command.Dispose();
    }

    private DbCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"${i}";
                command.Parameters.Add(parameter);
            }

            _prepared.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    private static DbCommand Fill(DbCommand command, string sql, ReadOnlySpan<object?> values)
    {
        command.CommandText = sql;
        foreach (var value in values)
            command.Parameters.Add(Positional(command.CreateParameter(), value));
        return command;
    }

    /// <summary>Whole numbers of one kind, so that a statement is prepared once.</summary>
    private static DbParameter Positional(DbParameter parameter, object? value)
    {
        parameter.Value = value is int number ? (long)number : value ?? DBNull.Value;
        return parameter;
    }
}

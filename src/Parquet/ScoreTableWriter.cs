using System.Text;
using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>
/// Writes scores without their documents: row (int64), id (string, where asked for), score (double),
/// int_score (int64), tokens (int64). Rows wait in a file beside the output, so memory does not grow with them.
/// For one thread.
/// </summary>
public sealed class ScoreTableWriter : IDisposable
{
    private const int MemoryLimitMegabytes = 256;
    private const string Table = "scores";

    private readonly OutputFile _output;
    private readonly Session _session;
    private readonly TableAppender _appender;
    private readonly bool _withIds;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    private ScoreTableWriter(
        OutputFile output, Session session, bool withIds, IReadOnlyDictionary<string, string> metadata)
    {
        (_output, _session, _withIds, _metadata) = (output, session, withIds, metadata);
        session.Execute($"CREATE TABLE {Table}(\"row\" BIGINT, {(withIds ? "id VARCHAR, " : "")}"
            + "score DOUBLE, int_score BIGINT, tokens BIGINT)");
        TypeId[] types = [TypeId.BigInt, TypeId.Varchar, TypeId.Double, TypeId.BigInt, TypeId.BigInt];
        _appender = new TableAppender(session, Table, [.. types.Where(type => withIds || type != TypeId.Varchar)]);
    }

    /// <param name="path">Appears, or is replaced, when <see cref="Complete"/> returns.</param>
    /// <param name="withIds">Whether the table has an id column.</param>
    /// <param name="metadata">Key-value metadata, or null.</param>
    /// <exception cref="IOException">The folder is not there or not writable.</exception>
    public static ScoreTableWriter Create(
        string path, bool withIds, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var output = OutputFile.Create(path);
        Session? session = null;
        try
        {
            session = Session.Open(MemoryLimitMegabytes, output.SpoolPath);
            return new ScoreTableWriter(output, session, withIds, metadata ?? new Dictionary<string, string>());
        }
        catch (Exception exception)
        {
            session?.Dispose();
            output.Dispose();
            if (exception is DuckDbException failure)
                throw Explain(output, failure);
            throw;
        }
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(in ScoreTableRow row)
    {
        try
        {
            var column = 0;
            _appender.Set(column++, row.Row);
            if (_withIds)
                _appender.Set(column++, row.Id);
            _appender.Set(column++, (double?)row.Score);
            _appender.Set(column++, (long?)row.IntScore);
            _appender.Set(column, (long?)row.Tokens);
            _appender.EndRow();
        }
        catch (DuckDbException exception)
        {
            throw Explain(_output, exception);
        }
    }

    /// <summary>Writes what was appended, in that order; without it nothing appears.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Complete(CancellationToken cancellationToken = default)
    {
        try
        {
            _appender.Flush();
            var metadata = _metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => KeyValuePair.Create(entry.Key, Encoding.UTF8.GetBytes(entry.Value)));
            _session.Execute(
                $"COPY {Table} TO {Sql.Text(_output.TemporaryPath)} ({ShardStatement.Options([.. metadata])})",
                cancellationToken);
            _output.Publish(cancellationToken);
        }
        catch (DuckDbException exception)
        {
            throw Explain(_output, exception);
        }
    }

    public void Dispose()
    {
        _appender.Dispose();
        _session.Dispose();
        _output.Dispose();
    }

    private static IOException Explain(OutputFile output, DuckDbException exception)
        => output.Explain(exception) ?? new IOException(
            $"{output.Path}: cannot be written ({EngineErrors.OneLine(exception.Message)}); "
            + "free space or choose another folder", exception);
}

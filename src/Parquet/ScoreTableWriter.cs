using ParquetSharp;
using ParquetSharp.Schema;
using Encoding = System.Text.Encoding;

namespace FineWebTorch.Parquet;

/// <summary>A line of a score table.</summary>
/// <param name="Row">Row number in the input.</param>
/// <param name="Id">The document's id, where the input has one.</param>
/// <param name="Score">Null where the row has none.</param>
/// <param name="IntScore">Null where the row has none.</param>
/// <param name="Tokens">How many the model saw; null where the row has none.</param>
/// <param name="File">Which input the row is of.</param>
public readonly record struct ScoreTableRow(
    long Row, string? Id, float? Score, int? IntScore, int? Tokens, string? File = null);

/// <summary>
/// Writes scores without their documents: file (string, where asked for), row (int64), id (string, where asked for),
/// score (double), int_score (int64), tokens (int64). Holds the rows of one row group. For one thread.
/// </summary>
public sealed class ScoreTableWriter : IDisposable
{
    private const int RowsOfGroup = 20_000;

    private readonly OutputFile _output;
    private readonly bool _withFiles;
    private readonly bool _withIds;
    private readonly IReadOnlyDictionary<string, string> _metadata;
    private readonly List<ScoreTableRow> _rows = [];
    private readonly ParquetOutput _parquet;

    private ScoreTableWriter(
        OutputFile output, bool withFiles, bool withIds, IReadOnlyDictionary<string, string> metadata)
    {
        (_output, _withFiles, _withIds, _metadata) = (output, withFiles, withIds, metadata);
        List<Node> columns = withFiles ? [Column("file", LogicalType.String(), PhysicalType.ByteArray)] : [];
        columns.Add(Column("row", LogicalType.None(), PhysicalType.Int64, Repetition.Required));
        if (withIds)
            columns.Add(Column("id", LogicalType.String(), PhysicalType.ByteArray));
        columns.Add(Column("score", LogicalType.None(), PhysicalType.Double));
        columns.Add(Column("int_score", LogicalType.None(), PhysicalType.Int64));
        columns.Add(Column("tokens", LogicalType.None(), PhysicalType.Int64));
        using var schema = new GroupNode("schema", Repetition.Required, columns, logicalType: null);
        _parquet = new ParquetOutput(output, schema, [], []);
    }

    /// <param name="path">Appears, or is replaced, when <see cref="Complete"/> returns.</param>
    /// <param name="withIds">Whether the table has an id column.</param>
    /// <param name="metadata">Key-value metadata, or null.</param>
    /// <param name="withFiles">Whether the table has a column with the names of the inputs.</param>
    /// <exception cref="IOException">The folder is not there or not writable.</exception>
    public static ScoreTableWriter Create(
        string path, bool withIds, IReadOnlyDictionary<string, string>? metadata = null, bool withFiles = false)
    {
        var output = OutputFile.Create(path);
        try
        {
            return new ScoreTableWriter(output, withFiles, withIds, metadata ?? new Dictionary<string, string>());
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(in ScoreTableRow row)
    {
        _rows.Add(row);
        if (_rows.Count == RowsOfGroup)
            Guarded(WriteGroup);
    }

    /// <summary>Writes what was appended, in that order; without it nothing appears.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Complete(CancellationToken cancellationToken = default)
    {
        Guarded(() =>
        {
            if (_rows.Count > 0)
                WriteGroup();
            _parquet.Complete([], [.. ShardMetadata.Ours(_metadata)]);
        });
        _output.Publish(cancellationToken);
    }

    public void Dispose()
    {
        _parquet.Dispose();
        _output.Dispose();
    }

    private static PrimitiveNode Column(
        string name, LogicalType type, PhysicalType storage, Repetition repetition = Repetition.Optional) =>
        new(name, repetition, type, storage);

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception) || exception is IOException)
        {
            _output.ThrowFailure();
            throw;
        }
    }

    private void WriteGroup()
    {
        using (var group = _parquet.AppendRowGroup())
        {
            if (_withFiles)
                WriteTexts(group.NextColumn(), row => row.File);
            using (var column = (ColumnWriter<long>)group.NextColumn())
                column.WriteBatch([.. _rows.Select(row => row.Row)]);
            if (_withIds)
                WriteTexts(group.NextColumn(), row => row.Id);
            Write<double>(group.NextColumn(), row => row.Score);
            Write<long>(group.NextColumn(), row => row.IntScore);
            Write<long>(group.NextColumn(), row => row.Tokens);
            group.Close();
        }
        _rows.Clear();
    }

    private void Write<T>(ColumnWriter writer, Func<ScoreTableRow, T?> value)
        where T : unmanaged
    {
        using (writer)
            ParquetOutput.WriteNumbers(writer, _rows.Count, row => value(_rows[row]));
    }

    // A lone surrogate becomes U+FFFD: the column holds UTF-8 alone.
    private unsafe void WriteTexts(ColumnWriter writer, Func<ScoreTableRow, string?> text)
    {
        using var column = (ColumnWriter<ByteArray>)writer;
        var texts = new MemoryStream();
        var lengths = new List<int>();
        foreach (var one in _rows.Select(text).OfType<string>())
        {
            var utf8 = Encoding.UTF8.GetBytes(one);
            texts.Write(utf8);
            lengths.Add(utf8.Length);
        }
        var values = new ByteArray[lengths.Count];
        fixed (byte* bytes = texts.GetBuffer())
        {
            var at = (nint)bytes;
            for (var i = 0; i < values.Length; at += lengths[i++])
                values[i] = new ByteArray(at, lengths[i]);
            column.WriteBatch(
                _rows.Count, [.. _rows.Select(row => (short)(text(row) is null ? 0 : 1))], default, values);
        }
    }
}

using System.Globalization;
using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>
/// Streams a string column in file order, at most 2,048 rows at a time, without copying texts.
/// For one thread; the spans of a chunk are native memory, valid until the next <see cref="Read"/>.
/// </summary>
public sealed class TextColumnReader : IDisposable
{
    /// <summary>
    /// A file with pages of 1 MB needs 40; DuckDB itself writes pages of 100 MB, which need 500. What is handed out
    /// does not count.
    /// </summary>
    private const int MemoryLimitMegabytes = 1024;

    private readonly Session _session;
    private readonly Query _query;
    private readonly string _path;
    private readonly bool _hasIds;
    private readonly bool _hasRowNumbers;
    private readonly long _endRow;
    private Vector _texts;
    private Vector _ids;
    private long _nextRow;

    private TextColumnReader(
        Session session, Query query, ParquetFileInfo file, long firstRow, long endRow, bool hasIds)
    {
        (_session, _query, _path, _hasIds) = (session, query, file.Path, hasIds);
        _hasRowNumbers = !ColumnNames.HideRowNumber(file.Columns);
        TotalRows = file.Rows;
        _endRow = endRow;
        FirstRow = _nextRow = firstRow;
    }

    /// <summary>Rows in the current chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Row number in the file of the current chunk's first row.</summary>
    public long FirstRow { get; private set; }

    /// <summary>Rows in the file.</summary>
    public long TotalRows { get; }

    /// <param name="path">A local file.</param>
    /// <param name="textColumn">The exact name of a string column.</param>
    /// <param name="firstRow">The row to begin with, 0 to the row count. Row groups before it are skipped.</param>
    /// <param name="idColumn">A string or integer column to read beside it.</param>
    /// <param name="endRow">
    /// One past the last row to read; null for all. The pages of row groups after it need not be there.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The file or its columns cannot be used.</exception>
    public static TextColumnReader Open(
        string path, string textColumn, long firstRow = 0, string? idColumn = null, long? endRow = null)
    {
        var fullPath = Path.GetFullPath(path);
        FileSignature.Check(fullPath);
        var session = Session.Open(MemoryLimitMegabytes);
        try
        {
            var file = ParquetFile.Inspect(session, fullPath);
            ColumnChecks.RequireText(file, textColumn);
            if (idColumn is not null)
                ColumnChecks.RequireId(file, idColumn);
            ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
            var end = Math.Min(endRow ?? file.Rows, file.Rows);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, end);
            var query = session.Start(Select(file, textColumn, firstRow, end, idColumn));
            return new TextColumnReader(session, query, file, firstRow, end, idColumn is not null);
        }
        catch (DuckDbException exception)
        {
            session.Dispose();
            throw EngineErrors.ForInput(exception, fullPath, AtOrAfter(firstRow));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next chunk; false at the end, after checking that every row came.</summary>
    /// <exception cref="ParquetFileException">A page is damaged or a string is not UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The reader is of no more use.</exception>
    public bool Read(CancellationToken cancellationToken = default)
    {
        try
        {
            FirstRow = _nextRow;
            Count = 0;
            if (!_query.Next(cancellationToken))
                return _nextRow == _endRow ? false : throw RowsMissing();
        }
        catch (DuckDbException exception)
        {
            throw EngineErrors.ForInput(exception, _path, AtOrAfter(_nextRow));
        }
        _texts = _query.Column(0);
        _ids = _hasIds ? _query.Column(1) : default;
        Count = _query.Count;
        _nextRow += Count;
        CheckRowNumbers();
        return true;
    }

    public bool IsNull(int i) => _texts.IsNull(Checked(i));

    /// <summary>The UTF-8 of row <see cref="FirstRow"/> + i; empty for a NULL.</summary>
    public ReadOnlySpan<byte> Text(int i) => _texts.IsNull(Checked(i)) ? [] : _texts.Bytes(i);

    /// <summary>The id, integers in decimal; null for a NULL or where no id column was asked for.</summary>
    public string? Id(int i) => _hasIds ? _ids.Text(Checked(i)) : null;

    public void Dispose()
    {
        Count = 0;
        _query.Dispose();
        _session.Dispose();
    }

    private static string Select(
        ParquetFileInfo file, string textColumn, long firstRow, long endRow, string? idColumn)
    {
        var columns = $"t.{Sql.Name(textColumn)}";
        if (idColumn is not null)
            columns += $", t.{Sql.Name(idColumn)}::VARCHAR";
        return ColumnNames.HideRowNumber(file.Columns)
            ? $"SELECT {columns} FROM {Sql.Read(file.Path)} t LIMIT {endRow - firstRow} OFFSET {firstRow}"
            : $"SELECT {columns}, t.{ColumnNames.RowNumber} FROM {Sql.Read(file.Path)} t"
                + Between(firstRow, endRow, file.Rows);
    }

    // Row groups outside are skipped by their row numbers.
    private static string Between(long firstRow, long endRow, long rows) =>
        (firstRow > 0 || endRow < rows ? $" WHERE t.{ColumnNames.RowNumber} >= {firstRow}" : "")
        + (endRow < rows ? $" AND t.{ColumnNames.RowNumber} < {endRow}" : "");

    private static string AtOrAfter(long row) => $"at or after row {row.ToString(CultureInfo.InvariantCulture)}";

    // Chunks come in file order and without gaps; a wrong row number would give rows each other's scores.
    private void CheckRowNumbers()
    {
        if (!_hasRowNumbers)
            return;
        var numbers = _query.Column(_hasIds ? 2 : 1);
        if (numbers.Number(0) != FirstRow || numbers.Number(Count - 1) != _nextRow - 1)
            throw FileSignature.Damaged(_path, $"its rows do not follow each other {AtOrAfter(FirstRow)}");
    }

    private ParquetFileException RowsMissing() => FileSignature.Damaged(
        _path, $"its footer promises {TotalRows} rows, but the data ends {AtOrAfter(_nextRow)}");

    private int Checked(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return i;
    }
}

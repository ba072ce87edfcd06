using System.Text.Unicode;
using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>
/// Streams a string column in file order, at most 2,048 rows at a time, without copying texts.
/// For one thread; the spans of a chunk are native memory, valid until the next <see cref="Read"/>.
/// </summary>
public sealed class TextColumnReader : IDisposable
{
    private readonly ParquetFileInfo _file;
    private readonly Leaf _leaf;
    private readonly long _endRow;
    private readonly PageHeaders _pages;
    private ITextSource? _texts;
    private ParquetFileReader? _idReader;
    private IdColumn? _idColumn;
    private string?[] _ids = [];
    private long _nextRow;

    private TextColumnReader(ParquetFileInfo file, Leaf leaf, long firstRow, long endRow)
    {
        (_file, _leaf, _endRow) = (file, leaf, endRow);
        _pages = new PageHeaders(file);
        FirstRow = _nextRow = firstRow;
    }

    /// <summary>Rows in the current chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Row number in the file of the current chunk's first row.</summary>
    public long FirstRow { get; private set; }

    /// <summary>Rows in the file.</summary>
    public long TotalRows => _file.Rows;

    internal TextPlan Plan { get; private set; }

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
        var file = ParquetFile.Inspect(path);
        var text = ColumnChecks.RequireText(file, textColumn);
        var id = idColumn is null ? null : ColumnChecks.RequireId(file, idColumn);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        var end = Math.Min(endRow ?? file.Rows, file.Rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, end);
        var reader = new TextColumnReader(file, text, firstRow, end);
        try
        {
            reader.OpenColumns(id);
            return reader;
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            reader.Dispose();
            throw ParquetLibrary.ForInput(exception, file.Path, ParquetLibrary.AtOrAfter(firstRow), textColumn);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Looks at the pages that <see cref="Open"/> and <see cref="Read"/> would decode, without doing so, so that what
    /// cannot be read is known before any row is scored; see <see cref="PageChecks"/>.
    /// </summary>
    /// <exception cref="ParquetFileException">A page or a column cannot be used.</exception>
    /// <inheritdoc cref="Open"/>
    public static void Check(
        string path, string textColumn, string? idColumn = null, long? endRow = null,
        CancellationToken cancellationToken = default)
    {
        var file = ParquetFile.Inspect(path);
        List<Leaf> leaves = [ColumnChecks.RequireText(file, textColumn)];
        if (idColumn is not null && idColumn != textColumn)
            leaves.Add(ColumnChecks.RequireId(file, idColumn));
        PageChecks.Check(file, leaves, 0, Math.Min(endRow ?? file.Rows, file.Rows), cancellationToken);
    }

    /// <summary>Goes to the next chunk; false at the end, after checking that every row came.</summary>
    /// <exception cref="ParquetFileException">A page is damaged.</exception>
    /// <exception cref="OperationCanceledException">The reader may be read on.</exception>
    public bool Read(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        (FirstRow, Count) = (_nextRow, 0);
        if (_nextRow == _endRow)
            return false;
        try
        {
            var count = _texts!.Read();
            if (count == 0)
                throw RowsMissing();
            _ids = _idColumn?.Read(count) ?? [];
            Count = count;
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw ParquetLibrary.ForInput(exception, _file.Path, ParquetLibrary.AtOrAfter(_nextRow), _leaf.Name);
        }
        _nextRow += Count;
        return true;
    }

    public bool IsNull(int i) => _texts!.IsNull(Checked(i));

    /// <summary>
    /// Whether row <see cref="FirstRow"/> + i holds UTF-8, as its column promises. One that does not is text of another
    /// encoding, or has been cut within a character.
    /// </summary>
    public bool IsUtf8(int i) => Utf8.IsValid(Text(i));

    /// <summary>The bytes of row <see cref="FirstRow"/> + i; empty for a NULL.</summary>
    public ReadOnlySpan<byte> Text(int i) => IsNull(i) ? [] : _texts!.Text(i);

    /// <summary>The id, integers in decimal; null for a NULL or where no id column was asked for.</summary>
    public string? Id(int i) => _idColumn is null ? null : _ids[Checked(i)];

    public void Dispose()
    {
        Count = 0;
        _idColumn?.Dispose();
        _idReader?.Dispose();
        _texts?.Dispose();
        _pages.Dispose();
    }

    private void OpenColumns(Leaf? id)
    {
        if (_nextRow == _endRow)
            return;
        int[] groups = [.. _file.Footer.GroupsOf(_nextRow, _endRow)];
        Plan = TextPlan.For(_pages, _leaf, groups);
        if (Plan.Reading == TextReading.RecordBatches)
        {
            _texts = RecordBatchTexts.TryOpen(_file, _leaf, _nextRow, _endRow, groups, Plan.BatchRows);
            Plan = _texts is null ? new TextPlan(TextReading.NotArrow, 0) : Plan;
        }
        _texts ??= new ColumnTexts(_file, _leaf, _pages, _nextRow, _endRow);
        if (id is null)
            return;
        using var properties = ParquetLibrary.ReaderProperties();
        _idReader = new ParquetFileReader(_file.Path, properties);
        _idColumn = IdColumn.Open(_idReader, _file, id, _pages);
        _idColumn.Seek(_nextRow);
    }

    private ParquetFileException RowsMissing() => ParquetFileException.Damaged(
        _file.Path, $"its footer promises {TotalRows} rows, but the data ends "
        + ParquetLibrary.AtOrAfter(_nextRow));

    private int Checked(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return i;
    }
}

using Apache.Arrow;
using Apache.Arrow.Ipc;
using FineWebTorch.Parquet.Format;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace FineWebTorch.Parquet;

/// <summary>The texts of some rows of a file, a chunk at a time.</summary>
internal interface ITextSource : IDisposable
{
    /// <summary>Reads the next chunk.</summary>
    /// <returns>Its rows; 0 at the end.</returns>
    int Read();

    bool IsNull(int i);

    /// <summary>Bytes in the library's memory, valid until the next <see cref="Read"/>.</summary>
    ReadOnlySpan<byte> Text(int i);
}

/// <summary>How a file's text column is read, and why not otherwise.</summary>
internal enum TextReading
{
    /// <summary>As Arrow record batches, whose rows are copied together from the pages.</summary>
    RecordBatches,

    /// <summary>By its levels and values, in the memory of one page: single texts are too large for batches.</summary>
    LongTexts,

    /// <summary>As for long texts: a dictionary's entries may be large, and a batch would repeat them.</summary>
    LargeDictionary,

    /// <summary>As for long texts: Arrow has no type for a column of the file.</summary>
    NotArrow,
}

/// <summary>
/// Chooses the way a text column is read so that memory is bounded, whatever the length of the texts.
/// </summary>
/// <param name="BatchRows">Of a record batch.</param>
internal readonly record struct TextPlan(TextReading Reading, int BatchRows)
{
    private const int MostRows = 2048;
    private const int FewestRows = 16;

    /// <summary>Of text in a batch; the texts of a page may be up to a page's size larger than its mean says.</summary>
    private const int BatchBytes = 8 << 20;

    /// <summary>Of text in a batch, were every row the dictionary's largest entry.</summary>
    private const int LargestBatch = 256 << 20;

    /// <param name="groups">The row groups to be read.</param>
    public static TextPlan For(PageHeaders pages, Leaf leaf, IEnumerable<int> groups)
    {
        var (mean, dictionary) = (1.0, 1);
        foreach (var header in groups.SelectMany(group => pages.Of(group, leaf)))
        {
            if (header.IsDictionary)
                dictionary = Math.Max(dictionary, header.UncompressedSize);
            else if (header.Values > 0)
                mean = Math.Max(mean, (double)header.UncompressedSize / header.Values);
        }
        if (BatchBytes / mean < FewestRows)
            return new TextPlan(TextReading.LongTexts, 0);
        if (LargestBatch / dictionary < FewestRows)
            return new TextPlan(TextReading.LargeDictionary, 0);
        return new TextPlan(
            TextReading.RecordBatches, (int)Math.Min(MostRows, Math.Min(BatchBytes / mean, LargestBatch / dictionary)));
    }
}

/// <summary>Texts by Arrow record batches.</summary>
internal sealed class RecordBatchTexts : ITextSource
{
    private readonly ParquetFileInfo _file;
    private readonly FileReader _reader;
    private readonly IArrowArrayStream _batches;
    private long _skip;
    private long _left;
    private RecordBatch? _batch;
    private IArrowArray _texts = null!;
    private int _offset;

    private RecordBatchTexts(
        ParquetFileInfo file, FileReader reader, IArrowArrayStream batches, long skip, long rows) =>
        (_file, _reader, _batches, _skip, _left) = (file, reader, batches, skip, rows);

    /// <returns>Null where Arrow, or its C# library, cannot describe the file.</returns>
    public static RecordBatchTexts? TryOpen(
        ParquetFileInfo file, Leaf leaf, long firstRow, long endRow, int[] groups, int batchRows)
    {
        FileReader? reader = null;
        try
        {
            using var properties = ParquetLibrary.ReaderProperties();
            using var arrow = ArrowReaderProperties.GetDefault();
            arrow.BatchSize = batchRows;
            arrow.PreBuffer = false;
            arrow.UseThreads = false;
            reader = new FileReader(file.Path, properties, arrow);
            var batches = reader.GetRecordBatchReader(groups, [leaf.Index]);
            var skip = firstRow - file.Footer.RowGroups[groups[0]].FirstRow;
            return new RecordBatchTexts(file, reader, batches, skip, endRow - firstRow);
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            reader?.Dispose();
            return null;
        }
    }

    public int Read()
    {
        do
        {
            _batch?.Dispose();
            _batch = null;
            if (_left == 0)
                return 0;
            _batch = _batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
            if (_batch is null)
                return 0;
            _offset = (int)Math.Min(_skip, _batch.Length);
            _skip -= _offset;
        }
        while (_offset == _batch.Length);
        _texts = _batch.Column(0);
        DemandEntries(_batch.Schema.GetFieldByIndex(0).Name);
        var rows = (int)Math.Min(_batch.Length - _offset, _left);
        _left -= rows;
        return rows;
    }

    public bool IsNull(int i) => _texts.IsNull(_offset + i);

    public ReadOnlySpan<byte> Text(int i) => Bytes(_texts, _offset + i);

    public void Dispose()
    {
        _batch?.Dispose();
        _batches.Dispose();
        _reader.Dispose();
    }

    /// <summary>The library hands on what a page says, also of entries that the dictionary does not have.</summary>
    private void DemandEntries(string column)
    {
        if (_texts is not DictionaryArray { Indices: Int32Array indices } texts)
            return;
        for (var i = 0; i < indices.Length; i++)
        {
            if (indices.GetValue(i) is { } index && (uint)index >= (uint)texts.Dictionary.Length)
                throw ParquetFileException.Damaged(
                    _file.Path, $"a page of column '{column}' refers to entry {index} of a dictionary of " +
                    $"{texts.Dictionary.Length}", column: column);
        }
    }

    private static ReadOnlySpan<byte> Bytes(IArrowArray array, int i) => array switch
    {
        BinaryArray texts => texts.GetBytes(i),
        LargeBinaryArray texts => texts.GetBytes(i),
        BinaryViewArray texts => texts.GetBytes(i),
        DictionaryArray { Indices: Int32Array indices } texts => Bytes(texts.Dictionary, indices.GetValue(i)!.Value),
        _ => throw new NotSupportedException($"text of the Arrow type {array.Data.DataType.Name} is not supported"),
    };
}

/// <summary>Texts by the levels and values of their column.</summary>
internal sealed unsafe class ColumnTexts : ITextSource
{
    private readonly ParquetFileReader _reader;
    private readonly FlatColumn<ByteArray> _column;
    private long _left;

    public ColumnTexts(ParquetFileInfo file, Leaf leaf, PageHeaders pages, long firstRow, long endRow)
    {
        using var properties = ParquetLibrary.ReaderProperties();
        _reader = new ParquetFileReader(file.Path, properties);
        _column = new FlatColumn<ByteArray>(_reader, file, leaf, pages);
        _left = endRow - firstRow;
        _column.Seek(firstRow);
    }

    public int Read()
    {
        if (_left == 0)
            return 0;
        var rows = _column.Read((int)Math.Min(_left, FlatColumn<ByteArray>.MostRows));
        _left -= rows;
        return rows;
    }

    public bool IsNull(int i) => _column.IsNull(i);

    public ReadOnlySpan<byte> Text(int i)
    {
        var text = _column.Value(i);
        return new ReadOnlySpan<byte>((void*)text.Pointer, text.Length);
    }

    public void Dispose()
    {
        _column.Dispose();
        _reader.Dispose();
    }
}

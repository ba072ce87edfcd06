using System.Buffers;
using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>
/// A column as Parquet stores it: definition and repetition levels, and the values of those levels that have one.
/// Goes from batch to batch within a row group. Values that point elsewhere are valid until the next batch.
/// </summary>
internal sealed class ColumnLevels<T>(ParquetFileReader reader, ParquetFileInfo file, Leaf leaf, int capacity)
    : IDisposable
    where T : unmanaged
{
    private short[] _definitions = [];
    private short[] _repetitions = [];
    private T[] _values = [];
    private RowGroupReader? _group;
    private ColumnReader<T>? _column;
    private long _firstRow;

    /// <summary>Levels in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Empty for a column of which no value can be missing.</summary>
    public ReadOnlySpan<short> Definitions => _definitions;

    /// <summary>Empty for a column that does not repeat.</summary>
    public ReadOnlySpan<short> Repetitions => _repetitions;

    public ReadOnlySpan<T> Values => _values;

    public void Open(int group)
    {
        Close();
        // Files may have ten thousands of columns, of which few are open at a time.
        _values = ArrayPool<T>.Shared.Rent(capacity);
        _definitions = leaf.MaxDefinition > 0 ? ArrayPool<short>.Shared.Rent(capacity) : [];
        _repetitions = leaf.MaxRepetition > 0 ? ArrayPool<short>.Shared.Rent(capacity) : [];
        _firstRow = file.Footer.RowGroups[group].FirstRow;
        try
        {
            _group = reader.RowGroup(group);
            _column = (ColumnReader<T>)_group.Column(leaf.Index);
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw Explained(exception);
        }
    }

    /// <summary>Passes over the next rows of a column that does not repeat.</summary>
    public void Skip(long rows)
    {
        while (rows > 0)
        {
            var skipped = SkipSome(rows);
            if (skipped <= 0)
                throw Damaged("rows are missing");
            rows -= skipped;
        }
    }

    /// <summary>Goes to the next batch; false at the end of the row group.</summary>
    public bool Read(int most)
    {
        var values = ReadSome(Math.Min(most, capacity));
        // Damage can part the two, and values would go to the wrong rows.
        var expected = leaf.MaxDefinition == 0 ? Count : _definitions.AsSpan(0, Count).Count(leaf.MaxDefinition);
        if (expected != values)
            throw Damaged($"there are {values} values for {expected} levels");
        return Count > 0;
    }

    public void Close()
    {
        _column?.Dispose();
        _group?.Dispose();
        (_column, _group, Count) = (null, null, 0);
        ArrayPool<T>.Shared.Return(_values);
        ArrayPool<short>.Shared.Return(_definitions);
        ArrayPool<short>.Shared.Return(_repetitions);
        (_values, _definitions, _repetitions) = ([], [], []);
    }

    public void Dispose() => Close();

    public ParquetFileException Damaged(string how) =>
        ParquetFileException.Damaged(file.Path, $"its column '{leaf.Name}' is damaged: {how}", column: leaf.Name);

    private long SkipSome(long rows)
    {
        try
        {
            return _column!.Skip(rows);
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw Explained(exception);
        }
    }

    private long ReadSome(int most)
    {
        try
        {
            Count = (int)_column!.ReadBatch(
                most, _definitions.AsSpan(0, leaf.MaxDefinition > 0 ? most : 0),
                _repetitions.AsSpan(0, leaf.MaxRepetition > 0 ? most : 0), _values.AsSpan(0, most), out var values);
            return values;
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw Explained(exception);
        }
    }

    private ParquetFileException Explained(Exception exception) =>
        ParquetLibrary.ForInput(exception, file.Path, ParquetLibrary.AtOrAfter(_firstRow), leaf.Name);
}

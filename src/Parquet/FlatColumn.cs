using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>
/// The values of a column without nesting, row by row, forwards from any row to any later one. Holds a page at a time.
/// </summary>
internal sealed class FlatColumn<T>(ParquetFileReader reader, ParquetFileInfo file, Leaf leaf, PageHeaders pages)
    : IDisposable
    where T : unmanaged
{
    public const int MostRows = 2048;

    private readonly ColumnLevels<T> _levels = new(reader, file, leaf, MostRows);
    private readonly int[] _valueOf = new int[MostRows];
    private int _group = -1;
    private long _next;

    /// <summary>Passes over the rows before this one.</summary>
    public void Seek(long row)
    {
        var groups = file.Footer.RowGroups;
        if (_group < 0 || row >= groups[_group].EndRow)
        {
            _group = Math.Max(_group, 0);
            while (row >= groups[_group].EndRow)
                _group++;
            pages.Demand(_group, leaf);
            _levels.Open(_group);
            _next = groups[_group].FirstRow;
        }
        _levels.Skip(row - _next);
        _next = row;
    }

    /// <summary>Reads rows from where the column is, of one row group; 1 or more.</summary>
    public int Read(int most)
    {
        Seek(_next);
        most = (int)Math.Min(most, file.Footer.RowGroups[_group].EndRow - _next);
        if (!_levels.Read(most))
            throw _levels.Damaged($"rows are missing at or after row {_next}");
        var value = 0;
        for (var i = 0; i < _levels.Count; i++)
            _valueOf[i] = leaf.MaxDefinition > 0 && _levels.Definitions[i] == 0 ? -1 : value++;
        _next += _levels.Count;
        return _levels.Count;
    }

    /// <summary>Of the rows read last.</summary>
    public bool IsNull(int i) => _valueOf[i] < 0;

    /// <summary>Of the rows read last, for one that is not NULL.</summary>
    public T Value(int i) => _levels.Values[_valueOf[i]];

    public void Dispose() => _levels.Dispose();
}

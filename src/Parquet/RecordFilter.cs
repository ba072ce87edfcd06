using System.Buffers;
using System.Runtime.CompilerServices;
using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>Writes one column of a shard, row group by row group.</summary>
internal interface IShardColumnWriter : IDisposable
{
    void Write(ColumnWriter writer, ShardGroup group, CancellationToken cancellationToken);
}

/// <summary>
/// Carries the kept records of a column on the level of Parquet itself: definition levels, repetition levels and
/// values. Nothing is interpreted, so every type and nesting comes out as it went in.
/// </summary>
/// <remarks>
/// A record begins where the repetition level is 0; a value belongs to a level where the definition level is maximal
/// (https://parquet.apache.org/docs/file-format/nestedencoding/).
/// </remarks>
internal sealed class RecordFilter<T>(ParquetFileReader reader, ParquetFileInfo input, Leaf leaf, KeptRows kept)
    : IShardColumnWriter
    where T : unmanaged
{
    private const int BatchLevels = 1024;

    /// <summary>The library looks at a page's size between batches, so large values make small batches.</summary>
    private const int BatchBytes = 1 << 20;

    private readonly ColumnLevels<T> _levels = new(reader, input, leaf, BatchLevels);
    private RowGroup? _group;
    private int _groupIndex;
    private long _row;
    private bool _isKept;
    private int _level;
    private int _value;

    public void Write(ColumnWriter writer, ShardGroup group, CancellationToken cancellationToken)
    {
        var definitions = ArrayPool<short>.Shared.Rent(BatchLevels);
        var repetitions = ArrayPool<short>.Shared.Rent(BatchLevels);
        var values = ArrayPool<T>.Shared.Rent(BatchLevels);
        while (HasMore(group.End))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Copy((ColumnWriter<T>)writer, group.End, definitions, repetitions, values);
        }
        ArrayPool<short>.Shared.Return(definitions);
        ArrayPool<short>.Shared.Return(repetitions);
        ArrayPool<T>.Shared.Return(values);
    }

    public void Dispose() => _levels.Dispose();

    // Whether the next level belongs to a row before the end. Of a column that repeats, a record goes on until the
    // next one begins or the row group ends.
    private bool HasMore(long end)
    {
        while (true)
        {
            if (_level < _levels.Count)
                return !BeginsRecord(_level) || _row < end;
            if (_group is not null && (leaf.MaxRepetition > 0 || _row < end || _row == _group.EndRow))
            {
                if (Fill())
                    continue;
                CloseGroup();
            }
            if (_row >= end)
                return false;
            if (_group is null)
                OpenGroup(end);
        }
    }

    private bool Fill()
    {
        (_level, _value) = (0, 0);
        if (!_levels.Read(BatchLevels))
            return false;
        if (BeginsRecord(0))
        {
            if (_row == _group!.EndRow)
                throw _levels.Damaged($"it has more rows than its row group, which ends at row {_row}");
        }
        else if (_row == _group!.FirstRow)
        {
            throw _levels.Damaged($"it begins in the middle of a record at row {_row}");
        }
        return true;
    }

    private void Copy(ColumnWriter<T> writer, long end, short[] definitions, short[] repetitions, T[] values)
    {
        var (count, valueCount, bytes) = (0, 0, 0L);
        for (; _level < _levels.Count && bytes < BatchBytes; _level++)
        {
            if (BeginsRecord(_level) && !BeginRecord(end))
                break;
            var hasValue = leaf.MaxDefinition == 0 || _levels.Definitions[_level] == leaf.MaxDefinition;
            if (_isKept)
            {
                if (leaf.MaxDefinition > 0)
                    definitions[count] = _levels.Definitions[_level];
                if (leaf.MaxRepetition > 0)
                    repetitions[count] = _levels.Repetitions[_level];
                count++;
                if (hasValue)
                    bytes += SizeOf(values[valueCount++] = _levels.Values[_value]);
            }
            _value += hasValue ? 1 : 0;
        }
        if (count > 0)
        {
            writer.WriteBatch(
                count, leaf.MaxDefinition > 0 ? definitions : default,
                leaf.MaxRepetition > 0 ? repetitions : default, values.AsSpan(0, valueCount));
        }
    }

    private bool BeginsRecord(int level) => leaf.MaxRepetition == 0 || _levels.Repetitions[level] == 0;

    // False where the record belongs to the next row group of the shard.
    private bool BeginRecord(long end)
    {
        if (_row == end)
            return false;
        if (_row == _group!.EndRow)
            throw _levels.Damaged($"it has more rows than its row group, which ends at row {_row}");
        _isKept = kept.Mask[(int)_row++];
        return true;
    }

    // Row groups of which nothing is kept are not read.
    private void OpenGroup(long end)
    {
        while (input.Footer.RowGroups[_groupIndex].EndRow <= _row)
            _groupIndex++;
        var group = input.Footer.RowGroups[_groupIndex];
        if (group.EndRow <= end && !kept.Mask[(int)_row..(int)group.EndRow].Contains(true))
        {
            _row = group.EndRow;
            return;
        }
        _levels.Open(_groupIndex);
        (_group, _isKept) = (group, false);
    }

    private void CloseGroup()
    {
        if (_row != _group!.EndRow)
            throw _levels.Damaged($"it ends at row {_row} instead of row {_group.EndRow}");
        _levels.Close();
        _group = null;
    }

    private int SizeOf(T value) => typeof(T) == typeof(ByteArray)
        ? Unsafe.As<T, ByteArray>(ref value).Length
        : typeof(T) == typeof(FixedLenByteArray) ? leaf.Element.Length : Unsafe.SizeOf<T>();
}

/// <summary>Makes the writers of columns.</summary>
internal static class RecordFilter
{
    public static IShardColumnWriter For(ParquetFileReader reader, ParquetFileInfo input, Leaf leaf, KeptRows kept) =>
        leaf.Element.Storage switch
        {
            StorageType.Boolean => new RecordFilter<bool>(reader, input, leaf, kept),
            StorageType.Int32 => new RecordFilter<int>(reader, input, leaf, kept),
            StorageType.Int64 => new RecordFilter<long>(reader, input, leaf, kept),
            StorageType.Int96 => new RecordFilter<Int96>(reader, input, leaf, kept),
            StorageType.Float => new RecordFilter<float>(reader, input, leaf, kept),
            StorageType.Double => new RecordFilter<double>(reader, input, leaf, kept),
            StorageType.FixedLenByteArray => new RecordFilter<FixedLenByteArray>(reader, input, leaf, kept),
            _ => new RecordFilter<ByteArray>(reader, input, leaf, kept),
        };
}

/// <summary>Writes a column of scores.</summary>
/// <param name="number">That of a kept row, by its index among them.</param>
internal sealed class ScoreFiller<T>(Func<int, T?> number) : IShardColumnWriter
    where T : unmanaged
{
    public void Write(ColumnWriter writer, ShardGroup group, CancellationToken cancellationToken) =>
        ParquetOutput.WriteNumbers(writer, group.Kept, i => number(group.FirstKept + i));

    public void Dispose()
    {
    }
}

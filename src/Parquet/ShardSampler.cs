using System.Globalization;
using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>A row read back from a shard.</summary>
/// <param name="Row">Row number in the shard.</param>
/// <param name="Text">UTF-8; null for a NULL.</param>
/// <param name="Score">Null for a NULL.</param>
public readonly record struct SampledRow(long Row, byte[]? Text, double? Score);

/// <summary>Reads single rows of a shard or of its input, to score or show them again.</summary>
public static class ShardSampler
{
    /// <summary>The asked-for rows in ascending order, each once; row groups without one are not read.</summary>
    /// <param name="scoreColumn">Null for a file without scores.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The shard cannot be used, or has no such row or column.</exception>
    public static IEnumerable<SampledRow> Read(
        string path, string textColumn, string? scoreColumn, IReadOnlyList<long> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var shard = ParquetFile.Inspect(path);
        var text = ColumnChecks.RequireText(shard, textColumn);
        var score = scoreColumn is null ? null : ColumnChecks.RequireScore(shard, scoreColumn);
        return ReadRows(shard, text, score, [.. rows.Distinct().Order()]);
    }

    private static IEnumerable<SampledRow> ReadRows(ParquetFileInfo shard, Leaf text, Leaf? score, long[] rows)
    {
        using var pages = new PageHeaders(shard);
        using var properties = ParquetLibrary.ReaderProperties();
        using var reader = new ParquetFileReader(shard.Path, properties);
        using var texts = new FlatColumn<ByteArray>(reader, shard, text, pages);
        using var scores = score is null ? null : ScoreColumn.Open(reader, shard, score, pages);
        foreach (var row in rows)
        {
            if (row < 0 || row >= shard.Rows)
                throw ParquetFileException.Damaged(shard.Path, $"it has {shard.Rows} rows and so no row {row}");
            yield return ReadRow(shard, texts, scores, row);
        }
    }

    private static unsafe SampledRow ReadRow(
        ParquetFileInfo shard, FlatColumn<ByteArray> texts, ScoreColumn? scores, long row)
    {
        try
        {
            texts.Seek(row);
            texts.Read(1);
            var bytes = texts.IsNull(0) ? default : texts.Value(0);
            return new SampledRow(
                row, texts.IsNull(0) ? null : new ReadOnlySpan<byte>((void*)bytes.Pointer, bytes.Length).ToArray(),
                scores?.At(row));
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw ParquetLibrary.ForInput(
                exception, shard.Path, $"at row {row.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    /// <summary>Scores of either width.</summary>
    private abstract class ScoreColumn : IDisposable
    {
        public static ScoreColumn Open(ParquetFileReader reader, ParquetFileInfo shard, Leaf leaf, PageHeaders pages) =>
            leaf.Element.Storage == StorageType.Float
                ? new StoredScores<float>(new FlatColumn<float>(reader, shard, leaf, pages), value => value)
                : new StoredScores<double>(new FlatColumn<double>(reader, shard, leaf, pages), value => value);

        public abstract double? At(long row);

        public abstract void Dispose();

        private sealed class StoredScores<T>(FlatColumn<T> column, Func<T, double> number) : ScoreColumn
            where T : unmanaged
        {
            public override double? At(long row)
            {
                column.Seek(row);
                column.Read(1);
                return column.IsNull(0) ? null : number(column.Value(0));
            }

            public override void Dispose() => column.Dispose();
        }
    }
}

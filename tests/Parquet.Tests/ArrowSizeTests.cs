using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet.Tests;

public sealed class ArrowSizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_TextsThatRepeat_CountsEachAsArrowDoes()
    {
        // pyarrow: 1,000 texts of 5 bytes and 1,001 offsets; int64, double, bool; a list a row of two int32.
        const int Rows = 1000;
        var path = _folder.File("input.parquet");
        using (var file = new ParquetFileWriter(path,
            [new Column<string>("text"), new Column<long>("n"), new Column<double>("d"), new Column<bool>("b"),
                new Column<int[]>("l")]))
        {
            using var group = file.AppendRowGroup();
            Write(group, Enumerable.Repeat("hällo"[..4], Rows).ToArray());
            Write(group, new long[Rows]);
            Write(group, new double[Rows]);
            Write(group, new bool[Rows]);
            Write(group, Enumerable.Repeat(new[] { 1, 2 }, Rows).ToArray());
            file.Close();
        }

        Assert.Equal(
            (5 * Rows) + (4 * (Rows + 1)) + (16 * Rows) + (Rows / 8) + (4 * (Rows + 1)) + (8 * Rows),
            ArrowSize.Of(ParquetFooter.Read(path)));
    }

    private static void Write<T>(RowGroupWriter group, T[] values)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch(values);
    }
}

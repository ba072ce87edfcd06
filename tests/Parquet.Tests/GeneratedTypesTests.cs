using ParquetSharp;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Nested columns and rare types, filtered at every kind of border.</summary>
public class GeneratedTypesTests
{
    private const int Rows = 500;

    [Theory]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(Rows)]
    public void Write_ListsOfLists_KeepsTheirRecords(int rowsPerGroup)
    {
        using var folder = new TemporaryFolder();
        var input = WriteLists(folder, rowsPerGroup);

        Compare(folder, input, row => true);
        Compare(folder, input, row => row % 3 == 1);
        Compare(folder, input, row => row is > 210 and < 290);
        Compare(folder, input, row => row == Rows - 1);
        Compare(folder, input, row => false);
    }

    [Fact]
    public void Write_FirstRowsOfLists_EndsWithinARowGroup()
    {
        using var folder = new TemporaryFolder();
        var input = WriteLists(folder, Rows);
        var request = Shards.Request(input, folder.File("out")) with { Rows = 123 };

        ShardWriter.Write(request, Shards.Keep(123, row => row < 120));
        var job = new PeerJob(input, request.OutputPath, [.. Enumerable.Range(0, 120)]);

        Assert.Empty(Hyparquet.Compare([job]).Single().Differences);
    }

    [Fact]
    public void Write_FixedBinaryAndFloat16AndDecimals_KeepsThem()
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("in.parquet");
        using (var writer = new ParquetFileWriter(input, [
            new Column<string>("text"), new Column<Half?>("half"), new Column<Guid?>("uuid"),
            new Column<decimal?>("decimal", LogicalType.Decimal(29, 3)), new Column<DateTimeNanos?>("nanoseconds"),
            new Column<bool?>("flag"), new Column<float>("float"),
        ]))
        {
            using var group = writer.AppendRowGroup();
            Fill<string?>(group, row => row % 5 == 0 ? null : $"text {row}");
            Fill<Half?>(group, row => row % 4 == 0 ? null : (Half)(row / 8.0));
            Fill<Guid?>(group, row => row % 3 == 0 ? null : new Guid(row, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
            Fill<decimal?>(group, row => row % 6 == 0 ? null : row * 12_345_678.9m);
            Fill<DateTimeNanos?>(group, row => row % 7 == 0 ? null : new DateTimeNanos(row * 1_000_000_007L));
            Fill<bool?>(group, row => row % 8 == 0 ? null : row % 2 == 0);
            Fill<float>(group, row => row * 0.1f);
            writer.Close();
        }

        Compare(folder, input, row => row % 2 == 0);
        OddTypeTests.AssertSameSchema(input, folder.File("out"));
    }

    [Fact]
    public void Write_TenThousandsOfColumns_KeepsThem()
    {
        const int Columns = 20_000;
        using var folder = new TemporaryFolder();
        var input = folder.File("wide.parquet");
        using (var writer = new ParquetFileWriter(input, [
            new Column<string>("text"), .. Enumerable.Range(1, Columns - 1).Select(i => new Column<int>($"c{i}"))]))
        {
            using var group = writer.AppendRowGroup();
            using (var text = group.NextColumn().LogicalWriter<string>())
                text.WriteBatch(["a", "b", "c"]);
            for (var i = 1; i < Columns; i++)
            {
                using var column = group.NextColumn().LogicalWriter<int>();
                column.WriteBatch([i, -i, i * i]);
            }
            writer.Close();
        }

        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(3, row => row != 1));

        var shard = ParquetFile.Inspect(folder.File("out"));
        Assert.Equal(Columns + 2, shard.Columns.Count);
        using var reader = TextColumnReader.Open(shard.Path, "text", idColumn: $"c{Columns - 1}");
        Assert.True(reader.Read());
        Assert.Equal(($"{Columns - 1}", $"{(Columns - 1) * (Columns - 1)}"), (reader.Id(0), reader.Id(1)));
    }

    private static string WriteLists(TemporaryFolder folder, int rowsPerGroup)
    {
        var input = folder.File($"lists-{rowsPerGroup}.parquet");
        using var writer = new ParquetFileWriter(
            input, [new Column<string>("text"), new Column<int?[]?[]?>("lists"), new Column<string[]?>("tags")]);
        for (var first = 0; first < Rows; first += rowsPerGroup)
        {
            using var group = writer.AppendRowGroup();
            var end = Math.Min(first + rowsPerGroup, Rows);
            Fill<string?>(group, row => $"text {row}", first, end);
            Fill<int?[]?[]?>(group, Lists, first, end);
            // Longer than a batch of levels.
            Fill<string[]?>(group, row => row == 250 ? Numbers(3000) : [], first, end);
        }
        writer.Close();
        return input;
    }

    private static int?[]?[]? Lists(int row) => (row % 6) switch
    {
        0 => null,
        1 => [],
        2 => [null, [], [row, null]],
        _ => [.. Enumerable.Range(0, row % 11)
            .Select(i => Enumerable.Range(0, i).Select(n => (int?)(n * row)).ToArray())],
    };

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i}")];

    private static void Fill<T>(RowGroupWriter group, Func<int, T> value, int first = 0, int end = Rows)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch([.. Enumerable.Range(first, end - first).Select(value)]);
    }

    private static void Compare(TemporaryFolder folder, string input, Func<long, bool> keep)
    {
        var kept = Shards.Keep(Rows, keep).ToList();
        var result = ShardWriter.Write(Shards.Request(input, folder.File("out")), kept);
        var job = new PeerJob(input, folder.File("out"), [.. kept.Select(row => row.Row)]);
        var view = Hyparquet.Compare([job]).Single();
        Assert.Empty(view.Differences);
        Assert.Empty(result.Warnings);
        Assert.Equal(kept.Count, result.RowsKept);
    }
}

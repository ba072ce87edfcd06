using ParquetSharp;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Texts and pages of unusual size: how they are read, and into which row groups they are written.</summary>
public class SizeTests
{
    [Fact]
    public void Open_OrdinaryTexts_AreReadAsLargeBatches()
    {
        using var folder = new TemporaryFolder();
        var input = Plain(folder, [.. GoldenCase.Named("many-rows.parquet").Texts()]);
        using var reader = TextColumnReader.Open(input, "text");

        Assert.Equal((TextReading.RecordBatches, 2048), (reader.Plan.Reading, reader.Plan.BatchRows));
    }

    [Fact]
    public void Read_TextsOf100Kilobytes_AreReadAsSmallBatches()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 200).Select(row => new string((char)('a' + (row % 26)), 100_000)).ToArray();
        var input = Plain(folder, texts);

        using (var reader = TextColumnReader.Open(input, "text"))
        {
            Assert.Equal(TextReading.RecordBatches, reader.Plan.Reading);
            Assert.InRange(reader.Plan.BatchRows, 16, 84);
        }
        Assert.Equal(texts, Reading.Texts(input));
        Assert.Equal(texts.Skip(77), Reading.Texts(input, firstRow: 77));
    }

    [Fact]
    public void Read_TextsOfAMegabyte_AreReadByThePage()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 20)
            .Select(row => row == 3 ? null : new string((char)('a' + row), 1_000_000)).ToArray();
        var input = Plain(folder, texts);

        using (var reader = TextColumnReader.Open(input, "text"))
            Assert.Equal(TextReading.LongTexts, reader.Plan.Reading);
        Assert.Equal(texts, Reading.Texts(input));
        Assert.Equal(texts.Skip(7), Reading.Texts(input, firstRow: 7));
    }

    [Fact]
    public void Read_DictionaryOfLargeTexts_IsReadByThePage()
    {
        using var folder = new TemporaryFolder();
        var entries = Enumerable.Range(0, 3).Select(i => new string((char)('a' + i), 7_000_000)).ToArray();
        var texts = Enumerable.Range(0, 30).Select(row => entries[row % 3]).ToArray();
        var builder = new WriterPropertiesBuilder().Compression(Compression.Snappy).DictionaryPagesizeLimit(100 << 20);
        var input = Written.Texts(folder, texts.Length, [("text", texts)], builder);

        using var reader = TextColumnReader.Open(input, "text");
        Assert.Equal(TextReading.LargeDictionary, reader.Plan.Reading);
        Assert.True(reader.Read());
        Assert.Equal(texts.Length, reader.Count);
        Assert.All(Enumerable.Range(0, texts.Length), row => Assert.Equal('a' + (row % 3), reader.Text(row)[^1]));
    }

    [Fact]
    public void Read_PageOf70Megabytes_GivesItsRows()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 7_000).Select(row => new string((char)('a' + (row % 26)), 10_000)).ToArray();
        var builder = new WriterPropertiesBuilder().Compression(Compression.Uncompressed).DisableDictionary()
            .DataPagesize(1L << 30);
        var input = Written.Texts(folder, texts.Length, [("text", texts)], builder);

        Assert.Equal(texts, Reading.Texts(input));
    }

    [Fact]
    public void ReadAndWrite_OnePageOf600Megabytes_TakesItsMemoryAndLittleMore()
    {
        const long Needed = 4L << 30;
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < Needed, "needs 4 GB of memory");
        const int Rows = 600;
        using var folder = new TemporaryFolder();
        var builder = new WriterPropertiesBuilder().Compression(Compression.Zstd).DisableDictionary()
            .DisableStatistics().DataPagesize(int.MaxValue).WriteBatchSize(1 << 20).EnablePageChecksum();
        var input = Written.LongTexts(folder, Rows, 1_000_000, builder);

        PageChecks.OfAllColumns(input);
        using (var reader = TextColumnReader.Open(input, "text"))
        {
            var rows = 0;
            for (; reader.Read(); rows += reader.Count)
                Assert.All(Enumerable.Range(0, reader.Count), i => Assert.Equal(1_000_000, reader.Text(i).Length));
            Assert.Equal(Rows, rows);
        }
        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(Rows, row => row % 100 == 0));
        Assert.All(Reading.Texts(folder.File("out")), text => Assert.Equal(1_000_000, text!.Length));
    }

    [Fact]
    public void Write_5000RowsOf340Kilobytes_GivesAShard()
    {
        const int Rows = 5_000;
        using var folder = new TemporaryFolder();
        var input = Written.LongTexts(
            folder, Rows, 340_000, new WriterPropertiesBuilder().Compression(Compression.Zstd).DisableDictionary());

        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(Rows, row => row % 5 == 0));

        var groups = ParquetFile.Inspect(folder.File("out")).Footer.RowGroups;
        Assert.Equal(Rows / 5, groups.Sum(group => group.Rows));
        Assert.All(groups, group => Assert.InRange(group.Rows, 1, 200));
    }

    [Fact]
    public void Write_LongTexts_BoundsTheBytesOfARowGroup()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 400).Select(row => new string((char)('a' + (row % 26)), 340_000)).ToArray();
        var input = Plain(folder, texts);

        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(texts.Length));

        using var shard = new ParquetFileReader(folder.File("out"));
        Assert.All(Enumerable.Range(0, shard.FileMetaData.NumRowGroups), index =>
        {
            using var group = shard.RowGroup(index);
            Assert.InRange(group.MetaData.GetColumnChunkMetaData(0).TotalUncompressedSize, 1, 70 << 20);
        });
        Assert.Equal(texts, Reading.Texts(folder.File("out")));
    }

    [Fact]
    public void Write_ManyShortRows_BoundsTheRowsOfARowGroup()
    {
        const int Rows = 50_000;
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, Rows).Select(row => $"{row}").ToArray();
        var small = Written.Texts(folder, 1000, [("text", texts)], name: "small.parquet");
        var large = Written.Texts(folder, Rows, [("text", texts)], name: "large.parquet");

        Assert.Equal([20_000, 20_000, 10_000], Groups(small, row => true));
        Assert.Equal([20_000, 20_000, 10_000], Groups(large, row => true));
        Assert.Equal([5_000], Groups(small, row => row % 10 == 9));
        Assert.Equal([1], Groups(large, row => row == Rows / 2));

        IEnumerable<long> Groups(string input, Func<long, bool> keep)
        {
            var kept = Shards.Keep(Rows, keep).ToList();
            ShardWriter.Write(Shards.Request(input, folder.File("out")), kept);
            Assert.Equal(kept.Select(row => texts[row.Row]), Reading.Texts(folder.File("out")));
            return ParquetFile.Inspect(folder.File("out")).Footer.RowGroups.Select(group => group.Rows);
        }
    }

    [Fact]
    public void Write_NoRowGroupsAtAll_GivesAnEmptyShard()
    {
        using var folder = new TemporaryFolder();
        var input = Written.Texts(folder, 1, [("text", []), ("url", [])]);

        ShardWriter.Write(Shards.Request(input, folder.File("out")), []);

        Assert.Empty(Reading.Texts(input));
        var shard = ParquetFile.Inspect(folder.File("out"));
        Assert.Equal((0, 4), (shard.Rows, shard.Columns.Count));
    }

    private static string Plain(TemporaryFolder folder, string?[] texts) => Written.Texts(
        folder, texts.Length, [("text", texts)],
        new WriterPropertiesBuilder().Compression(Compression.Snappy).DisableDictionary());
}

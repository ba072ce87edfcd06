using ParquetSharp;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Files of which only the footer and some column chunks are there, as fetching ranges leaves them.</summary>
public sealed class ColumnChunksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("row-groups-of-7.parquet")]
    [InlineData("empty-row-group.parquet")]
    [InlineData("dictionary-encoded.parquet")]
    [InlineData("codec-zstd.parquet")]
    public void Of_TheFirstRows_HoldsAllThatTheyNeed(string name)
    {
        var golden = GoldenCase.Named(name);
        var texts = golden.Texts();
        for (var end = 0; end <= golden.Rows; end += Math.Max(1, texts.Count / 20))
        {
            var part = Blank(golden.Path, ColumnChunks.Of(golden.Path, [golden.TextColumn], end));
            Assert.Equal(texts.Take(end), Reading.Texts(part, golden.TextColumn, endRow: end));
        }
    }

    [Fact]
    public void Of_Link_IsThatOfItsFile()
    {
        var golden = GoldenCase.Named("row-groups-of-7.parquet").Path;
        var link = _folder.File("link.parquet");
        File.CreateSymbolicLink(link, golden);

        Assert.Equal(ColumnChunks.Of(golden, ["text"], rows: 8), ColumnChunks.Of(link, ["text"], rows: 8));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2048, 1)]
    [InlineData(2049, 2)]
    [InlineData(20_000, 10)]
    [InlineData(long.MaxValue, 10)]
    public void Of_ManyRowGroups_LeavesOutThoseAfterTheRows(long rows, int groups)
    {
        var path = WriteRowGroups();
        var chunks = ColumnChunks.Of(path, ["text", "no such column"], rows);
        Assert.Equal(groups, chunks.Count);
        var part = Blank(path, chunks);
        var end = Math.Min(rows, 20_000);
        var texts = Reading.Texts(part, endRow: end);
        Assert.Equal(Reading.Texts(path, endRow: end), texts);
        Assert.Equal(end, texts.Count);
    }

    [Fact]
    public void Of_TwoColumns_HoldsBothAndNoThird()
    {
        var path = WriteRowGroups();
        var chunks = ColumnChunks.Of(path, ["text", "id"], 1);
        Assert.Equal(2, chunks.Count);
        Assert.InRange(chunks.Sum(chunk => chunk.Length), 1, new FileInfo(path).Length / 10);
        using var reader = TextColumnReader.Open(Blank(path, chunks), "text", 0, "id", 2048);
        Assert.True(reader.Read());
        Assert.Equal("2047", reader.Id(2047));
    }

    [Theory]
    [InlineData(new long[0], 0)]
    [InlineData(new long[] { 20_000, -1 }, 0)]
    [InlineData(new long[] { 5, 2047 }, 1)]
    [InlineData(new long[] { 19_999, 2048, 4095, 2047 }, 3)]
    public void Of_ChosenRows_HoldsTheirRowGroupsAlone(long[] rows, int groups)
    {
        var path = WriteRowGroups();
        var chunks = ColumnChunks.Of(path, ["text"], rows);
        Assert.Equal(groups, chunks.Count);
        var there = rows.Where(row => row is >= 0 and < 20_000).ToList();
        Assert.Equal(Sampled(path, there), Sampled(Blank(path, chunks), there));
        Assert.Equal(there.Count, Sampled(path, there).Count);
    }

    private static List<string> Sampled(string path, IReadOnlyList<long> rows) =>
        [.. ShardSampler.Read(path, "text", scoreColumn: null, rows)
            .Select(row => System.Text.Encoding.UTF8.GetString(row.Text!))];

    // Ten row groups; most bytes are in a column that is not asked for.
    private string WriteRowGroups()
    {
        const int Rows = 20_000;
        const int RowsOfGroup = 2048;
        var path = Path.Combine(_folder.Path, "groups.parquet");
        using var writer = new ParquetFileWriter(
            path, [new Column<string>("text"), new Column<long>("id"), new Column<string>("other")]);
        for (var first = 0; first < Rows; first += RowsOfGroup)
        {
            var rows = Enumerable.Range(first, Math.Min(RowsOfGroup, Rows - first)).ToList();
            using var group = writer.AppendRowGroup();
            using (var texts = group.NextColumn().LogicalWriter<string>())
                texts.WriteBatch([.. rows.Select(row => $"text {row * 7919L}")]);
            using (var ids = group.NextColumn().LogicalWriter<long>())
                ids.WriteBatch([.. rows.Select(row => (long)row)]);
            using (var others = group.NextColumn().LogicalWriter<string>())
                others.WriteBatch([.. rows.Select(row => Digest(row) + Digest(row + Rows) + Digest(row + (2 * Rows)))]);
        }
        writer.Close();
        return path;
    }

    private static string Digest(int seed) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(seed)));

    // Everything else reads as zeros.
    private string Blank(string path, IReadOnlyList<(long Offset, long Length)> chunks)
    {
        var whole = File.ReadAllBytes(path);
        var part = new byte[whole.Length];
        var footer = BitConverter.ToInt32(whole, whole.Length - 8) + 8L;
        foreach (var (offset, length) in chunks.Append((0, 4)).Append((whole.Length - footer, footer)))
            Array.Copy(whole, offset, part, offset, length);
        var target = Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.parquet");
        File.WriteAllBytes(target, part);
        return target;
    }
}

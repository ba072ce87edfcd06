using System.Text;

namespace FineWebTorch.Parquet.Tests;

public class ScoreTableTests
{
    [Fact]
    public void Complete_ManyRows_WritesThemInOrder()
    {
        const int Rows = 5000;
        using var folder = new TemporaryFolder();
        var path = folder.File("scores.parquet");
        using (var table = ScoreTableWriter.Create(path, withIds: true, new Dictionary<string, string> { ["k"] = "v" }))
        {
            for (var row = 0; row < Rows; row++)
            {
                var isScored = row % 5 != 3;
                table.Append(new ScoreTableRow(
                    row, row % 3 == 0 ? null : $"id {row}", isScored ? Shards.Score(row) : null,
                    isScored ? 2 : null, isScored ? row : null));
            }
            table.Complete();
        }

        var file = ParquetFile.Inspect(path);
        Assert.Equal(Rows, file.Rows);
        Assert.Equal(
            ["row: int64", "id: string", "score: double", "int_score: int64", "tokens: int64"],
            file.Columns.Select(column => $"{column.Name}: {column.Type}"));
        Assert.Equal("v"u8.ToArray(), file.Metadata.Single().Value);
        Assert.Equal(
            Enumerable.Range(0, Rows).Select(row => row % 3 == 0 ? null : $"id {row}"), Reading.Texts(path, "id"));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal(
            [(4096, "id 4096", Shards.Score(4096)), (4998, null, null)],
            ShardSampler.Read(path, "id", "score", [4998, 4096]).Select(row
                => (row.Row, row.Text is null ? null : Encoding.UTF8.GetString(row.Text), row.Score)));
    }

    [Fact]
    public void Complete_NoIdsAndNoRows_WritesAnEmptyTable()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("scores.parquet");
        using (var table = ScoreTableWriter.Create(path, withIds: false))
            table.Complete();

        var file = ParquetFile.Inspect(path);
        Assert.Equal(0, file.Rows);
        Assert.Equal(["row", "score", "int_score", "tokens"], file.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Dispose_WithoutComplete_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using (var table = ScoreTableWriter.Create(folder.File("scores.parquet"), withIds: false))
            table.Append(new ScoreTableRow(0, null, 1, 1, 1));

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(40)]
    public void Read_RowThatIsNotThere_Throws(long row)
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        ShardWriter.Write(Shards.Request(GoldenCase.Named("plain.parquet").Path, output), Shards.Keep(40));

        Assert.Throws<ParquetFileException>(() => ShardSampler.Read(output, "text", "score", [row]).ToList());
    }

    [Fact]
    public void Read_ShardWithARowNumberColumn_CountsRows()
    {
        using var folder = new TemporaryFolder();
        var golden = GoldenCase.Named("file-row-number-column.parquet");
        var output = folder.File("out");
        ShardWriter.Write(Shards.Request(golden.Path, output), Shards.Keep(40));

        var texts = ShardSampler.Read(output, "text", "score", [39, 5])
            .Select(row => Encoding.UTF8.GetString(row.Text!));

        Assert.Equal([golden.Texts()[5], golden.Texts()[39]], texts);
    }
}

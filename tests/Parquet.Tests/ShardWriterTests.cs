using System.Security.Cryptography;

namespace FineWebTorch.Parquet.Tests;

public class ShardWriterTests
{
    private static readonly string Plain = GoldenCase.Named("plain.parquet").Path;
    private static readonly string ManyRows = GoldenCase.Named("many-rows.parquet").Path;

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();

        var first = ShardWriter.Write(Shards.Request(ManyRows, folder.File("1")), Shards.Keep(5000));
        var second = ShardWriter.Write(Shards.Request(ManyRows, folder.File("2")), Shards.Keep(5000));

        Assert.Equal(first.Sha256, second.Sha256);
        Assert.Equal(File.ReadAllBytes(folder.File("1")), File.ReadAllBytes(folder.File("2")));
    }

    [Fact]
    public void Write_InputAtAnotherPath_GivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        File.Copy(ManyRows, folder.File("copy.parquet"));

        var here = ShardWriter.Write(Shards.Request(ManyRows, folder.File("1")), Shards.Keep(5000));
        var there = ShardWriter.Write(Shards.Request(folder.File("copy.parquet"), folder.File("2")), Shards.Keep(5000));

        Assert.Equal(here.Sha256, there.Sha256);
    }

    [Fact]
    public void Write_Result_DescribesTheFile()
    {
        using var folder = new TemporaryFolder();

        var result = ShardWriter.Write(Shards.Request(Plain, folder.File("out")), Shards.Keep(40, row => row > 30));

        var bytes = File.ReadAllBytes(folder.File("out"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), result.Sha256);
        Assert.Equal(bytes.Length, result.Size);
        Assert.Equal(9, result.RowsKept);
        Assert.Equal(9, ParquetFile.Inspect(folder.File("out")).Rows);
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_NothingKept_GivesEveryColumnAndNoRows()
    {
        using var folder = new TemporaryFolder();

        var result = ShardWriter.Write(Shards.Request(Plain, folder.File("out")), []);

        var shard = ParquetFile.Inspect(folder.File("out"));
        Assert.Equal(0, result.RowsKept);
        Assert.Equal(0, shard.Rows);
        Assert.Equal(
            [.. ParquetFile.Inspect(Plain).Columns.Select(column => column.Name), "score", "int_score"],
            shard.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Write_FirstRowsOnly_RefusesRowsBeyond()
    {
        using var folder = new TemporaryFolder();
        var request = Shards.Request(Plain, folder.File("out")) with { Rows = 10 };

        Assert.Equal(10, ShardWriter.Write(request, Shards.Keep(10)).RowsKept);
        Assert.Throws<ArgumentException>(() => ShardWriter.Write(request, Shards.Keep(11)));
    }

    [Fact]
    public void Write_ExtremeScores_AreExact()
    {
        using var folder = new TemporaryFolder();
        float?[] scores = [float.MaxValue, -float.Epsilon, -0.0f, 2.9999998f, 0.1f, null];

        ShardWriter.Write(
            Shards.Request(Plain, folder.File("out")),
            scores.Select((score, row) => new ScoredRow(row, score, row)));

        var sampled = ShardSampler.Read(folder.File("out"), "text", "score", [0, 1, 2, 3, 4, 5]);
        Assert.Equal(
            scores.Select(score => score is { } s ? BitConverter.DoubleToInt64Bits(s) : (long?)null),
            sampled.Select(row => row.Score is { } s ? BitConverter.DoubleToInt64Bits(s) : (long?)null));
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(0, 40)]
    [InlineData(-1, 0)]
    public void Write_RowsOutOfOrderOrFile_LeavesNothing(long first, long second)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => ShardWriter.Write(
            Shards.Request(Plain, folder.File("out")), [new(first, 1, 1), new(second, 1, 1)]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Write_ScoreThatIsNotFinite_IsRefused(float score)
    {
        using var folder = new TemporaryFolder();

        var exception = Assert.Throws<ArgumentException>(() => ShardWriter.Write(
            Shards.Request(Plain, folder.File("out")), [new(7, score, 0)]));
        Assert.Contains("row 7", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Cancelled_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        File.WriteAllText(folder.File("out"), "old");

        Assert.ThrowsAny<OperationCanceledException>(() => ShardWriter.Write(
            Shards.Request(ManyRows, folder.File("out")), CancelAfterLast(Shards.Keep(5000)), cancellation.Token));

        Assert.Equal("old", File.ReadAllText(folder.File("out")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));

        IEnumerable<ScoredRow> CancelAfterLast(IEnumerable<ScoredRow> rows)
        {
            foreach (var row in rows)
                yield return row;
            cancellation.Cancel();
        }
    }

    [Fact]
    public void Write_InputProvesDamaged_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("out"), "old");
        var input = GoldenCase.Named("page-noise.parquet").Path;
        var rows = ParquetFile.Inspect(input).Rows;

        var exception = Assert.Throws<ParquetFileException>(
            () => ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(rows)));

        Assert.StartsWith(input + ": ", exception.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(folder.File("out")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_ScoresFail_LeavesNothing()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<DivideByZeroException>(() => ShardWriter.Write(
            Shards.Request(Plain, folder.File("out")), Shards.Keep(40, row => row / (row - row) > 0)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_OverAFile_ReplacesIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("out"), "old");

        ShardWriter.Write(Shards.Request(Plain, folder.File("out")), Shards.Keep(40));

        Assert.Equal(40, ParquetFile.Inspect(folder.File("out")).Rows);
    }

    [Fact]
    public async Task Write_ManyAtOnce_GiveTheSame()
    {
        using var folder = new TemporaryFolder();

        var writers = Enumerable.Range(0, 4).Select(i => Task.Run(() => ShardWriter.Write(
            Shards.Request(ManyRows, folder.File($"{i}")), Shards.Keep(5000, row => row % 2 == 0)).Sha256));

        Assert.Single((await Task.WhenAll(writers)).Distinct());
    }
}

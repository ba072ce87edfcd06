namespace FineWebTorch.Parquet.Tests;

public class TextColumnReaderTests
{
    public static TheoryData<string> GoodFiles => GoldenCase.FilesExpected("ok");

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Read_GoodFile_GivesEveryTextInOrder(string file)
    {
        var golden = GoldenCase.Named(file);

        var texts = Reading.Texts(golden.Path, golden.TextColumn);

        Assert.Equal(golden.Texts(), texts);
        Assert.Equal(golden.Rows, texts.Count);
        Assert.Equal(golden.NullRows!, texts.Index().Where(t => t.Item is null).Select(t => (long)t.Index));
    }

    [Theory]
    [InlineData("row-groups-of-7.parquet")]
    [InlineData("empty-row-group.parquet")]
    [InlineData("file-row-number-column.parquet")]
    [InlineData("zero-rows.parquet")]
    public void Read_FromAnyRow_GivesTheRest(string file)
    {
        var golden = GoldenCase.Named(file);
        var texts = golden.Texts();
        for (var first = 0; first <= golden.Rows; first++)
            Assert.Equal(texts.Skip(first), Reading.Texts(golden.Path, "text", first));
    }

    [Theory]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(4999)]
    [InlineData(5000)]
    public void Read_FromChunkBorder_GivesTheRest(int first)
    {
        var golden = GoldenCase.Named("many-rows.parquet");

        Assert.Equal(golden.Texts().Skip(first), Reading.Texts(golden.Path, "text", first));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(41)]
    public void Open_RowOutsideTheFile_Throws(long row)
        => Assert.Throws<ArgumentOutOfRangeException>(
            () => TextColumnReader.Open(GoldenCase.Named("plain.parquet").Path, "text", row));

    [Fact]
    public void Read_RowGroupsOfOneRow_GivesEveryRow()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 100).Select(i => i % 9 == 0 ? null : $"text {i}").ToArray();
        var input = new TinyParquet(TinyColumn.Text("text", texts)) { RowsPerGroup = 1 }.WriteTo(folder);

        Assert.Equal(texts, Reading.Texts(input));
        Assert.Equal(texts.Skip(77), Reading.Texts(input, firstRow: 77));
    }

    [Fact]
    public void Id_StringAndIntegerColumns_GivesText()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(
            TinyColumn.Text("text", "a", "b", "c"),
            TinyColumn.Text("name", "x", null, ""),
            TinyColumn.Int64("number", long.MinValue, null, 7)).WriteTo(folder);

        Assert.Equal(["x", null, ""], Ids("name"));
        Assert.Equal(["-9223372036854775808", null, "7"], Ids("number"));

        List<string?> Ids(string column)
        {
            using var reader = TextColumnReader.Open(input, "text", idColumn: column);
            Assert.True(reader.Read());
            return [.. Enumerable.Range(0, reader.Count).Select(reader.Id)];
        }
    }

    [Theory]
    [InlineData("language_score", "double")]
    [InlineData("nothing", "no column 'nothing'")]
    public void Open_UnusableIdColumn_SaysWhy(string column, string reason)
    {
        var exception = Assert.Throws<ParquetFileException>(
            () => TextColumnReader.Open(GoldenCase.Named("plain.parquet").Path, "text", idColumn: column));

        Assert.Equal(column, exception.Column);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FooterPromisesMoreRows_Throws()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a", "b")) { ClaimedRows = 3 }.WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => Reading.Texts(input));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.Contains("3 rows", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsUtf8_BytesOfAnotherEncoding_TellsTheirRowsAlone()
    {
        using var folder = new TemporaryFolder();
        var texts = TinyColumn.Utf8("text", "good"u8.ToArray(), [0xe9, 0x74, 0xe9], "auch gut ü"u8.ToArray(), [], null);
        var input = new TinyParquet(texts).WriteTo(folder);
        using var reader = TextColumnReader.Open(input, "text");

        Assert.True(reader.Read());

        Assert.Equal(
            [true, false, true, true, true], Enumerable.Range(0, reader.Count).Select(reader.IsUtf8));
        Assert.Equal([0xe9, 0x74, 0xe9], reader.Text(1).ToArray());
    }

    [Fact]
    public void Text_OutsideTheChunk_Throws()
    {
        using var reader = TextColumnReader.Open(GoldenCase.Named("plain.parquet").Path, "text");
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.IsNull(0));
        Assert.True(reader.Read());

        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Text(reader.Count).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Text(-1).Length);
    }

    [Fact]
    public void Read_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        using var reader = TextColumnReader.Open(GoldenCase.Named("many-rows.parquet").Path, "text");
        Assert.True(reader.Read(cancellation.Token));
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => reader.Read(cancellation.Token));
    }

    [Fact]
    public async Task Read_ManyReadersAtOnce_GiveTheSame()
    {
        var golden = GoldenCase.Named("many-rows.parquet");
        var expected = golden.Texts();

        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Reading.Texts(golden.Path)));

        Assert.All(await Task.WhenAll(readers), texts => Assert.Equal(expected, texts));
    }

    [Theory]
    [InlineData("language=en")]
    [InlineData("[ab]*?")]
    [InlineData("it's \"quoted\" ü")]
    public void Read_FolderThatLooksLikeAPattern_ReadsThatFileAlone(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File(name));
        Directory.CreateDirectory(folder.File("ab1"));
        File.WriteAllText(folder.File("ab1/input.parquet"), "not this one");
        var path = new TinyParquet(TinyColumn.Text("language", "x"), TinyColumn.Text("text", "y"))
            .WriteTo(folder, $"{name}/input.parquet");

        Assert.Equal(["language", "text"], ParquetFile.Inspect(path).Columns.Select(column => column.Name));
        Assert.Equal(["x"], Reading.Texts(path, "language"));
    }
}

namespace FineWebTorch.Parquet.Tests;

/// <summary>Names of columns: those that could be mistaken for something else, and those that clash.</summary>
public class ColumnTests
{
    [Fact]
    public void Write_NamesThatCouldMeanSomething_AreKeptWithTheirValues()
    {
        string[] names =
        [
            "text", "t", "s", "kept", "row", "row_", "row_number", "rn", "file_row_number", "file_index", "filename",
            "select", "count(*)", "*", "a.b", "\"", "'", "C3", "#1", "$1", "?", " ", "score ", "ß", "É", "é", "😀",
            "line\nbreak", "rowid", "schema", "input", "COPY", "{x}", ".", "text.text", "list", "element",
        ];
        using var folder = new TemporaryFolder();
        var input = new TinyParquet([.. names.Select(name => TinyColumn.Text(name, $"{name} 0", null, $"{name} 2"))])
            .WriteTo(folder);

        var result = ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(3, row => row != 1));
        var view = Hyparquet.Compare([new PeerJob(input, folder.File("out"), [0, 2])]).Single();

        Assert.Empty(result.Warnings);
        Assert.Empty(view.Differences);
        Assert.Equal(
            [.. names, "score", "int_score"],
            ParquetFile.Inspect(folder.File("out")).Columns.Select(column => column.Name));
    }

    [Fact]
    public void Write_RealRowNumberColumnInManyRowGroups_KeepsTheOrder()
    {
        const int Rows = 6000;
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, Rows).Select(row => $"text {row}").ToArray();
        var numbers = Enumerable.Range(0, Rows).Select(row => (long?)(Rows - row)).ToArray();
        var input = new TinyParquet(TinyColumn.Text("text", texts), TinyColumn.Int64("File_Row_Number", numbers))
        {
            RowsPerGroup = 100,
        }.WriteTo(folder);
        var kept = Shards.Keep(Rows, row => row % 3 != 0).ToList();

        ShardWriter.Write(Shards.Request(input, folder.File("out")), kept);
        var job = new PeerJob(input, folder.File("out"), [.. kept.Select(row => row.Row)]);
        var view = Hyparquet.Compare([job]).Single();

        Assert.Empty(view.Differences);
        Assert.Equal(
            kept.Select(row => row.IntScore is { } score ? $"{score}" : "null"), view.Added["int_score"]);
    }

    [Theory]
    [InlineData("text", "two columns are named 'text'")]
    [InlineData("Text", "columns 'text' and 'Text' differ only by upper and lower case")]
    [InlineData("", "a column has no usable name")]
    [InlineData("a\0b", "a column has no usable name")]
    public void Inspect_NamesThatClash_AreRefused(string second, string reason)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"), TinyColumn.Text(second, "b")).WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => ParquetFile.Inspect(input));

        Assert.Equal(ParquetFault.Columns, exception.Fault);
        Assert.Equal(reason, exception.Reason);
    }

    [Theory]
    [InlineData("score-present.parquet")]
    [InlineData("score-other-case.parquet")]
    public void Write_ReplacingScores_PutsThemWhereTheOldOnesWere(string file)
    {
        using var folder = new TemporaryFolder();
        var input = TestData.Directory("parquet", file);
        var before = ParquetFile.Inspect(input).Columns.Select(column => column.Name).ToList();
        var request = Shards.Request(input, folder.File("out")) with { ReplaceScoreColumns = true };

        ShardWriter.Write(request, Shards.Keep(40));

        var expected = before.Select(name => name.ToLowerInvariant()).ToList();
        if (!expected.Contains("int_score"))
            expected.Add("int_score");
        var shard = ParquetFile.Inspect(folder.File("out"));
        Assert.Equal(expected, shard.Columns.Select(column => column.Name));
        Assert.Equal("double", shard.Find("score")!.Type.ToString());
        Assert.Equal("int64", shard.Find("int_score")!.Type.ToString());
        Assert.Equal(
            Shards.Keep(40).Select(row => (double?)row.Score),
            ShardSampler.Read(folder.File("out"), "text", "score", [.. Enumerable.Range(0, 40)])
                .Select(row => row.Score));
    }

    [Theory]
    [InlineData("score", "Score")]
    [InlineData("text", "int_score")]
    [InlineData("score", "")]
    public void Preflight_ScoreColumnsThatCannotBe_AreRefused(string score, string intScore)
        => Assert.Throws<ArgumentException>(() => ShardWriter.Preflight(
            ParquetFile.Inspect(GoldenCase.Named("plain.parquet").Path), "text", score, intScore, true));

    [Fact]
    public void Inspect_NestedFile_ShowsTypesAsPyarrowDoes()
        => Assert.Equal(
            [
                "text: string", "id: string", "url: string", "token_count: int64", "language_score: double",
                "meta: struct<a: int64, b: list<element: struct<c: string, d: double>>>", "tags: list<element: string>",
                "attrs: map<string, int32>", "when: timestamp[us, tz=UTC]", "day: date32[day]",
                "price: decimal128(12, 2)", "raw: binary", "flag: bool", "u8: uint8", "u64: uint64", "f32: float",
            ],
            ParquetFile.Inspect(GoldenCase.Named("nested-and-typed.parquet").Path).Columns
                .Select(column => $"{column.Name}: {column.Type}"));

    [Theory]
    [InlineData("large-string.parquet", "large_string")]
    [InlineData("string-view.parquet", "string_view")]
    [InlineData("arrow-dictionary-type.parquet", "dictionary<values=string, indices=int32, ordered=0>")]
    public void Inspect_ArrowSchema_RestoresTypes(string file, string type)
        => Assert.Equal(type, ParquetFile.Inspect(GoldenCase.Named(file).Path).Find("text")!.Type.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("no base64!")]
    [InlineData("AAAA")]
    [InlineData("/////xAAAAAQAAAAAAAAAAAAAAAAAAAA")]
    public void Inspect_ArrowSchemaThatIsNone_IsPassedOver(string schema)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"))
        {
            Metadata = [("ARROW:schema"u8.ToArray(), System.Text.Encoding.ASCII.GetBytes(schema))],
        }.WriteTo(folder);

        Assert.Equal("string", ParquetFile.Inspect(input).Find("text")!.Type.ToString());
    }
}

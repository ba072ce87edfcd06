using ParquetSharp;
using Encoding = System.Text.Encoding;

namespace FineWebTorch.Parquet.Tests;

/// <summary>What cannot be read is known from footers, headers of pages and checksums, before any row is scored.</summary>
public class PageChecksTests
{
    private const int Rows = 400;

    [Theory]
    [InlineData("text", ParquetDataPageVersion.V1)]
    [InlineData("text", ParquetDataPageVersion.V2)]
    [InlineData("url", ParquetDataPageVersion.V1)]
    [InlineData("url", ParquetDataPageVersion.V2)]
    public void Check_PageThatDoesNotMatchItsChecksum_NamesTheColumn(string column, ParquetDataPageVersion version)
    {
        using var folder = new TemporaryFolder();
        var input = WithChecksums(folder, version);
        PageChecks.OfAllColumns(input);
        TextColumnReader.Check(input, "text", "url");
        Change(input, $"{column} of row {Rows - 1}");

        var all = Assert.Throws<ParquetFileException>(() => PageChecks.OfAllColumns(input));
        var texts = Record.Exception(() => TextColumnReader.Check(input, "text"));

        Assert.Equal((ParquetFault.Damaged, column), (all.Fault, all.Column));
        Assert.StartsWith(
            $"{input}: a page of column '{column}' at or after row 0 does not match", all.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', all.Message);
        Assert.Equal(column == "text", texts is not null);
        Assert.Throws<ParquetFileException>(() => TextColumnReader.Check(input, "text", "url"));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("url")]
    public void Write_PageThatDoesNotMatchItsChecksum_NamesTheColumnAndWritesNothing(string column)
    {
        using var folder = new TemporaryFolder();
        var input = WithChecksums(folder, ParquetDataPageVersion.V1);
        Change(input, $"{column} of row 7,");

        var exception = Assert.Throws<ParquetFileException>(
            () => ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(Rows)));

        Assert.Equal(column, exception.Column);
        Assert.StartsWith(
            $"{input}: its column '{column}' is damaged at or after row 0", exception.Message,
            StringComparison.Ordinal);
        Assert.Contains("CRC", exception.Message, StringComparison.Ordinal);
        Assert.Equal([input], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Read_PageThatDoesNotMatchItsChecksum_NamesTheColumn()
    {
        using var folder = new TemporaryFolder();
        var input = WithChecksums(folder, ParquetDataPageVersion.V1);
        Change(input, "text of row 7,");

        var exception = Assert.Throws<ParquetFileException>(() => Reading.Texts(input));

        Assert.StartsWith(
            $"{input}: its column 'text' is damaged at or after row 0", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_FirstRows_LooksAtTheirRowGroupsAlone()
    {
        using var folder = new TemporaryFolder();
        var input = WithChecksums(folder, ParquetDataPageVersion.V1, rowsPerGroup: 100);
        Change(input, "text of row 250,");

        PageChecks.OfAllColumns(input, rows: 200);
        TextColumnReader.Check(input, "text", endRow: 200);

        Assert.Contains(
            "at or after row 200", Assert.Throws<ParquetFileException>(
                () => PageChecks.OfAllColumns(input, rows: 201)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_GoldenFiles_HaveNothingAgainstThem()
    {
        foreach (var golden in GoldenCase.All.Where(golden => golden.Expect == "ok"))
            PageChecks.OfAllColumns(golden.Path);
    }

    [Theory]
    [InlineData(3, "LZO")]
    [InlineData(12, "codec 12")]
    public void Preflight_CodecThatCannotBeRead_IsRefused(int codec, string words)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"), TinyColumn.Int32("n", 1)) { Codec = codec }
            .WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => Preflight(input));

        Assert.Equal(ParquetFault.Unsupported, exception.Fault);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Preflight_MetadataThatCannotBeCarried_IsSaid()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"))
        {
            Metadata = [("huggingface"u8.ToArray(), "no JSON"u8.ToArray())],
        }.WriteTo(folder);

        Assert.Equal(
            ["metadata 'huggingface' is left out: it is not the JSON of Hugging Face datasets"], Preflight(input));
    }

    [Theory]
    [InlineData("a page that claims 2 GB", int.MaxValue)]
    [InlineData("another of 300 MB", 300 << 20)]
    public void Check_PageThatWouldFillMemory_IsRefused(string what, int claimed)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", what)) { ClaimedPageSize = claimed }.WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => PageChecks.OfAllColumns(input));
        var early = Assert.Throws<ParquetFileException>(
            () => PageChecks.OfSuspiciousColumns(ParquetFile.Inspect(input)));

        Assert.Contains("too much memory", exception.Message, StringComparison.Ordinal);
        Assert.Equal(exception.Message, early.Message);
    }

    internal static IReadOnlyList<string> Preflight(string input) =>
        ShardWriter.Preflight(ParquetFile.Inspect(input), "text", "score", "int_score", replaceScoreColumns: false);

    private static string WithChecksums(
        TemporaryFolder folder, ParquetDataPageVersion version, int rowsPerGroup = Rows)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.EnablePageChecksum().DataPageVersion(version).DisableStatistics().DisableDictionary()
            .Compression(Compression.Uncompressed).DataPagesize(2000);
        return Written.Texts(folder, rowsPerGroup, [("text", Values("text")), ("url", Values("url"))], builder);
    }

    private static string[] Values(string column) =>
        [.. Enumerable.Range(0, Rows).Select(row => $"{column} of row {row}, and a word or two")];

    private static void Change(string path, string text)
    {
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.NotEqual(-1, at);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}

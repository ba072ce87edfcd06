using System.Text.Json;
using FineWebTorch.Parquet;
using ParquetSharp;
using Encoding = System.Text.Encoding;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Runs over files as people really have them.</summary>
public sealed class OddFilesTests : IDisposable
{
    private const int Rows = 3000;
    private const int BadRow = 1234;

    private static readonly byte[] Latin1 = [.. "caf"u8, 0xe9];

    private readonly RunFolder _folder = new(copies: 0);

    public OddFilesTests() => Directory.CreateDirectory(_folder.Input);

    private string[] Arguments =>
    [
        "run", "--input", _folder.Input, "--output", _folder.Output("odd"), "--run", _folder.Run("odd"),
        "--model", _folder.Model, "--listen", "127.0.0.1:0", "--local-workers", "1", "--keep", "all",
        "--layout", "mirror",
    ];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OneStringThatIsNotUtf8_CostsOneScoreAtMostAndKeepsItsBytes()
    {
        Write("text.parquet", row => row == BadRow ? Latin1 : Text(row), Url);
        Write("url.parquet", Text, row => row == BadRow ? Latin1 : Url(row));

        var (exit, _, errors) = await ProgramProcess.RunAsync("coordinator", Arguments);

        Assert.True(exit == 0, errors);
        var summary = JsonDocument.Parse(await File.ReadAllBytesAsync(
            Path.Combine(_folder.Run("odd"), "run-summary.json"), TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(1, summary.GetProperty("rows_unscorable").GetInt64());
        var bad = Read("text.parquet", "text", BadRow);
        Assert.Equal(Latin1, bad.Text);
        Assert.Null(bad.Score);
        Assert.NotNull(Read("text.parquet", "text", BadRow + 1).Score);
        var odd = Read("url.parquet", "url", BadRow);
        Assert.Equal(Latin1, odd.Text);
        Assert.NotNull(odd.Score);
    }

    /// <summary>As a data set of somebody's may have: a name that looks like another, and one that clears the screen.</summary>
    [Theory]
    [InlineData("a\u202etekrap.parquet", "a?tekrap.parquet", "a\\u202etekrap.parquet")]
    [InlineData("a\u001b[2J.parquet", "a?[2J.parquet", "a\\u001B[2J.parquet")]
    public async Task Name_ThatMovesTheCursor_IsShownWithoutItEverywhere(string name, string shown, string inJson)
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Input, name), "no Parquet", TestContext.Current.CancellationToken);
        string[] ofRun = ["--run", _folder.Run("odd")];

        var dry = await SayAsync(3, [.. Arguments[..^2], "--dry-run"]);
        var run = await SayAsync(3, Arguments[..^2]);
        var files = await SayAsync(0, ["files", "--failed", .. ofRun]);
        var json = await SayAsync(0, ["files", "--failed", "--json", .. ofRun]);
        var status = await SayAsync(3, ["status", "--json", .. ofRun]);
        var events = await File.ReadAllTextAsync(
            Path.Combine(_folder.Run("odd"), "events.jsonl"), TestContext.Current.CancellationToken);

        Assert.All([dry, run, files], text => Assert.Contains(shown, text, StringComparison.Ordinal));
        Assert.All([json, status], text => Assert.Contains(inJson, text, StringComparison.OrdinalIgnoreCase));
        Assert.All(
            [dry, run, files, json, status, events],
            text => Assert.DoesNotContain(text, c => c is '\u202e' or '\u001b'));
    }

    private static async Task<string> SayAsync(int exitCode, string[] arguments)
    {
        var (exit, output, errors) = await ProgramProcess.RunAsync("coordinator", arguments);
        Assert.True(exit == exitCode, output + errors);
        return output + errors;
    }

    [Fact]
    public async Task Run_PageThatDoesNotMatchItsChecksum_FailsItsFileBeforeItIsScored()
    {
        Write("good.parquet", Text, Url);
        var damaged = Write("damaged.parquet", Text, Url);
        var bytes = await File.ReadAllBytesAsync(damaged, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf(Url(Rows - 1));
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(_folder.Input, "link.parquet"), "good.parquet");

        var (exit, output, errors) = await ProgramProcess.RunAsync("coordinator", Arguments);

        Assert.Equal(3, exit);
        Assert.Contains(
            $"{damaged}: a page of column 'url' at or after row 0 does not match its checksum", output + errors,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Shard("damaged.parquet")));
        Assert.True(File.Exists(Shard("good.parquet")), errors);
        Assert.True(File.Exists(Shard("link.parquet")), errors);
    }

    private static byte[] Text(int row) => Encoding.UTF8.GetBytes($"Cell {row} is a unit of life.");

    private static byte[] Url(int row) => Encoding.UTF8.GetBytes($"http://example.org/{row:00000}");

    private string Shard(string name) =>
        Directory.GetFiles(_folder.Output("odd"), name, SearchOption.AllDirectories).FirstOrDefault() ?? "";

    private SampledRow Read(string name, string column, long row) =>
        ShardSampler.Read(Shard(name), column, "score", [row]).Single();

    private string Write(string name, Func<int, byte[]> text, Func<int, byte[]> url)
    {
        var path = Path.Combine(_folder.Input, name);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Uncompressed).DisableDictionary().DisableStatistics().EnablePageChecksum();
        using var properties = builder.Build();
        using var writer = new ParquetFileWriter(
            path, [new Column<string>("text"), new Column<string>("url")], properties);
        using (var group = writer.AppendRowGroup())
        {
            WriteColumn(group, text);
            WriteColumn(group, url);
        }

        writer.Close();
        return path;
    }

    // Bytes as they are, which a writer of strings would not take.
    private static unsafe void WriteColumn(RowGroupWriter group, Func<int, byte[]> value)
    {
        using var column = (ColumnWriter<ByteArray>)group.NextColumn();
        for (var row = 0; row < Rows; row++)
        {
            var bytes = value(row);
            fixed (byte* pointer = bytes)
                column.WriteBatch(1, [1], default, [new ByteArray((nint)pointer, bytes.Length)]);
        }
    }
}

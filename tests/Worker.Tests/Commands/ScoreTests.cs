using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Tests.Fakes;
using ParquetSharp;

namespace FineWebTorch.Worker.Tests.Commands;

public sealed class ScoreTests : IDisposable
{
    private static readonly string Sample = Path.Combine(TestData.RepositoryRoot, "data", "sample");

    private static readonly Lazy<ILookup<string, JsonElement>> References = new(() =>
        File.ReadLines(TestData.Directory("scores", "sample.jsonl"))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .ToLookup(reference => reference.GetProperty("file").GetString()!));

    private readonly string _folder = Directory.CreateTempSubdirectory("worker-score-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("000_00000.parquet")]
    [InlineData("000_00001.parquet")]
    [InlineData("000_00002.parquet")]
    [InlineData("000_00003.parquet")]
    public async Task Sample_Scored_EqualsTheReference(string file)
    {
        var lines = await ScoreAsync(Path.Combine(Sample, file));
        var expected = References.Value[file].ToArray();
        Assert.Equal(expected.Length, lines.Length);
        for (var row = 0; row < expected.Length; row++)
        {
            Assert.Equal(row, Number(lines[row], "row"));
            Assert.Equal(Number(expected[row], "tokens"), Number(lines[row], "tokens"));
            Assert.Equal(Number(expected[row], "score"), Number(lines[row], "score"), 1e-4);
            Assert.Equal(Number(expected[row], "int_score"), Number(lines[row], "int_score"));
            Assert.StartsWith("<urn:uuid:", lines[row].GetProperty("id").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rows_Limited_AreTheFirst()
    {
        var lines = await ScoreAsync(Path.Combine(Sample, "000_00000.parquet"), "--rows", "3");
        Assert.Equal([0.0, 1, 2], lines.Select(line => Number(line, "row")));
    }

    [Fact]
    public async Task Budget_OfAnySize_ChangesScoresByLessThanTheTolerance()
    {
        var input = Path.Combine(Sample, "000_00001.parquet");
        var one = await ScoreAsync(input, "--token-budget", "1");
        var many = await ScoreAsync(input, "--token-budget", "100000");
        Assert.Equal(40, one.Length);
        for (var row = 0; row < one.Length; row++)
            Assert.Equal(Number(one[row], "score"), Number(many[row], "score"), 1e-4);
    }

    [Fact]
    public async Task JsonLines_WithOddRows_KeepTheirOrder()
    {
        var input = Path.Combine(_folder, "in.jsonl");
        File.WriteAllText(input, """
            {"id":5,"body":"This is a test sentence."}
            {"id":"x","body":null}
            {"body":"\ud800"}
            {"body":""}
            """);
        var lines = await ScoreAsync(input, "--text-column", "body");
        Assert.Equal(["", "null_text", "invalid_unicode", ""], lines.Select(line =>
            line.TryGetProperty("reason", out var reason) ? reason.GetString() : ""));
        Assert.Equal([8.0, 0, 0, 2], lines.Select(line => Number(line, "tokens")));
        Assert.Equal(5, Number(lines[0], "id"));
        Assert.Equal("x", lines[1].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Parquet_TextThatIsNotUtf8_CostsItsRowAlone()
    {
        var input = Path.Combine(_folder, "in.parquet");
        using (var file = new ParquetFileWriter(
            input, [new Column<byte[]>("text", LogicalType.String()), new Column<long>("id")]))
        {
            using var group = file.AppendRowGroup();
            using (var texts = group.NextColumn().LogicalWriter<byte[]?>())
                texts.WriteBatch(["This is a test sentence."u8.ToArray(), [0xe9, 0x74, 0xe9], null, [], "\u00e9"u8.ToArray()]);
            using (var ids = group.NextColumn().LogicalWriter<long>())
                ids.WriteBatch([5, 6, 7, 8, 9]);
            file.Close();
        }

        var lines = await ScoreAsync(input);
        Assert.Equal(["", "invalid_unicode", "null_text", "", ""], lines.Select(line =>
            line.TryGetProperty("reason", out var reason) ? reason.GetString() : ""));
        Assert.Equal(8.0, Number(lines[0], "tokens"));
    }

    [Fact]
    public async Task Input_BrokenMidFile_LeavesNoOutput()
    {
        var input = Path.Combine(_folder, "in.jsonl");
        File.WriteAllText(input, string.Concat(Enumerable.Repeat("{\"text\":\"a\"}\n", 3000)) + "{\"text\":\n");
        var (exitCode, error) = await RunAsync(input, "csv", Path.Combine(_folder, "out"));
        Assert.Equal($"worker: {input}: line 3001 is not valid JSON (byte 9)\n", error);
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Equal([input], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Parquet_Output_HoldsTheScores()
    {
        var output = Path.Combine(_folder, "out.parquet");
        var (exitCode, error) = await RunAsync(Path.Combine(Sample, "000_00000.parquet"), "parquet", output);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        var file = ParquetFile.Inspect(output);
        Assert.Equal(40, file.Rows);
        Assert.Equal(["row", "id", "score", "int_score", "tokens"], file.Columns.Select(column => column.Name));
    }

    [Fact]
    public async Task Gpu_NotThere_SaysWhatIs()
    {
        var (exitCode, error) = await InProcess.RunAsync(
            "score", Path.Combine(Sample, "000_00000.parquet"), "--model", WorkerProcess.EduTiny, "--gpu", "63");
        Assert.StartsWith("worker: cuda:63: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();

    private async Task<JsonElement[]> ScoreAsync(string input, params string[] more)
    {
        var output = Path.Combine(_folder, $"{Guid.NewGuid():N}.jsonl");
        var (exitCode, error) = await RunAsync(input, "jsonl", output, more);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        return [.. File.ReadLines(output).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static Task<(int ExitCode, string Error)> RunAsync(
        string input, string format, string output, params string[] more) => InProcess.RunAsync(
        [
            "score", input, "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", format, "--output", output,
            .. more,
        ]);
}

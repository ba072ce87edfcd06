using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>What <c>worker score</c> and <c>worker tokenize</c> read.</summary>
public sealed class ScoreInputTests : IDisposable
{
    private static readonly string Sample = Path.Combine(
        TestData.RepositoryRoot, "data", "sample", "000_00000.parquet");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inputs_OfAllKinds_GiveTheSameScores()
    {
        string[] texts = ["This is a test sentence.", "Photosynthesis, \"explained\""];
        var jsonl = _folder.Write("a.jsonl", string.Concat(texts.Select(text => $"{JsonSerializer.Serialize(new { text })}\n")));
        var csv = _folder.Write("b.csv", $"text\n{texts[0]}\n\"Photosynthesis, \"\"explained\"\"\"\n");
        var text = _folder.Write("c.txt", string.Join("\r\n", texts));

        var lines = await ScoreAsync([jsonl, csv, text, Sample], "--rows", "2");

        Assert.Equal(
            [jsonl, jsonl, csv, csv, text, text, Sample, Sample],
            lines.Select(line => line.GetProperty("file").GetString()));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], lines.Select(line => line.GetProperty("row").GetInt32()));
        var scores = lines.Select(line => line.GetProperty("score").GetSingle()).ToList();
        Assert.Equal(scores[..2], scores[2..4]);
        Assert.Equal(scores[..2], scores[4..6]);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    public async Task Inputs_Several_AreNamedInEveryFormat(string format)
    {
        var (one, other) = (_folder.Write("1.txt", "one\n"), _folder.Write("2.txt", "two\n"));
        var output = _folder.File($"out.{format}");

        Assert.Equal((ExitCode.Success, ""), await RunAsync("score", [one, other], "--output", output));

        if (format == "csv")
            Assert.Equal(
                ["file,row", $"{one},0", $"{other},0"],
                File.ReadLines(output).Select(line => string.Join(',', line.Split(',')[..2])));
        else
            Assert.Equal(
                ["file", "row", "id", "score", "int_score", "tokens"],
                ParquetFile.Inspect(output).Columns.Select(column => column.Name));
    }

    [Fact]
    public async Task Folder_GivesItsDataAndLeavesOutWhatIsNone()
    {
        foreach (var name in (string[])["b.txt", "a.jsonl.gz", "README.md", ".hidden.txt", "_temporary/0.txt", "d/c.txt"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), name.EndsWith(".gz", StringComparison.Ordinal) ? "{\"text\":\"x\"}" : "x");
        }

        Assert.Equal(["a.jsonl.gz", "b.txt", "d/c.txt"], await FilesAsync(_folder.Path));
        Assert.Equal(["b.txt", "d/c.txt"], await FilesAsync(_folder.File("**/*.txt")));
        Assert.Equal([".hidden.txt", "b.txt"], await FilesAsync(_folder.File(".hidden.txt"), _folder.File("b.txt")));
    }

    [Theory]
    [InlineData("*.parquet")]
    [InlineData("")]
    public async Task Folder_WithoutData_SaysWhatIsLookedFor(string pattern)
    {
        _folder.Write("README.md", "no data");
        var (exitCode, error) = await RunAsync("score", [_folder.File(pattern)]);
        Assert.Contains("there is no file to read there (.parquet, .jsonl, .csv or .txt", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    [Fact]
    public async Task Text_Typed_IsTheDocument()
    {
        var result = await WorkerProcess.RunAsync(
            ["score", "--text", "This is a\ntest sentence.", "--model", WorkerProcess.EduTiny, "--format", "jsonl"]);
        Assert.StartsWith("{\"row\":0,\"score\":3.568", result.Output, StringComparison.Ordinal);
        result = await WorkerProcess.RunAsync(["tokenize", "--text", "", "--model", WorkerProcess.EduTiny]);
        Assert.Equal("{\"ids\":[2,3]}\n", result.Output);
    }

    [Fact]
    public async Task StandardInput_GivesEachScoreBeforeTheNextLine()
    {
        using var process = WorkerProcess.Start(
            "score", "-", "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", "jsonl");
        for (var row = 0; row < 3; row++)
        {
            await process.StandardInput.WriteAsync("{\"text\":\"a line\"}\n");
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            // Without the next line nothing could come but what was sent.
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith($"{{\"row\":{row},\"score\":", line, StringComparison.Ordinal);
        }

        process.StandardInput.Close();
        await WorkerProcess.EndAsync(process);
        Assert.Equal(ExitCode.Success, process.ExitCode);
    }

    [Theory]
    [InlineData("csv", "id,text\n7,\"a\n", "line\"\n8,")]
    [InlineData("txt", "a line\n", "")]
    public async Task StandardInput_OfAnotherFormat_IsReadAsItComes(string format, string first, string second)
    {
        using var process = WorkerProcess.Start(
            "score", "-", "--input-format", format, "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format",
            "jsonl");
        await process.StandardInput.WriteAsync(first + second);
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync("another\n");
        process.StandardInput.Close();
        var other = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await WorkerProcess.EndAsync(process);

        Assert.Equal(ExitCode.Success, process.ExitCode);
        Assert.Matches("^\\{\"row\":0,(\"id\":\"7\",)?\"score\":[0-9.]+,\"int_score\":[0-5],\"tokens\":4\\}$", line);
        Assert.StartsWith("{\"row\":1,", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InputFormat_OfNamesThatSayNothing_IsTaken()
    {
        var input = _folder.Write("part-00000", "{\"text\":\"x\"}\n");

        var (exitCode, error) = await RunAsync("score", [input]);
        Assert.Contains("or say with --input-format what it holds", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);

        Assert.Single(await ScoreAsync([input], "--input-format", "jsonl"));
        Assert.Single(await ScoreAsync([_folder.Path], "--input-format", "jsonl"));
        (exitCode, error) = await RunAsync("score", ["-"], "--input-format", "parquet");
        Assert.Contains("cannot be read from standard input", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
    }

    [Fact]
    public async Task BadLine_OnStandardInput_LosesNoneBeforeIt()
    {
        var lines = string.Concat(Enumerable.Repeat("{\"text\":\"a\"}\n", 100));
        string[] arguments = ["score", "-", "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", "jsonl"];

        var result = await WorkerProcess.RunAsync(arguments, $"{lines}nonsense\n{lines}");
        Assert.Equal(100, result.Output.Count(c => c == '\n'));
        Assert.EndsWith("worker: standard input: line 101 is not valid JSON (byte 2)\n", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, result.ExitCode);

        result = await WorkerProcess.RunAsync([.. arguments, "--skip-bad-lines"], $"{lines}nonsense\n{lines}");
        Assert.Equal(200, result.Output.Count(c => c == '\n'));
        Assert.Contains(
            "worker: warning: standard input: line 101 is not valid JSON (byte 2); left out\n", result.Error,
            StringComparison.Ordinal);
        Assert.Contains("200 rows, ", result.Error, StringComparison.Ordinal);
        Assert.Contains(", 1 bad line left out; ", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    [Theory]
    [InlineData("in.jsonl", "{\"id\":1,\"text\":\"x\"}\n", "line 1 has no \"key\"; name another with --id-column")]
    [InlineData("in.csv", "id,text\n1,x\n", "has no column 'key', only id, text; name another with --id-column")]
    public async Task IdColumn_NotThere_IsRefused(string name, string content, string message)
    {
        var (exitCode, error) = await RunAsync("score", [_folder.Write(name, content)], "--id-column", "key");
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    [Fact]
    public async Task IdColumn_NotInAParquetFile_IsRefused()
    {
        var (exitCode, error) = await RunAsync("score", [Sample], "--id-column", "key");
        Assert.Contains("it has no column 'key'", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    [Fact]
    public async Task IdColumn_Named_IsShownInTheTable()
    {
        var output = _folder.File("out");
        var input = _folder.Write("in.csv", "key,text\nfirst,x\na key that is much too long,y\n");
        Assert.Equal(
            (ExitCode.Success, ""),
            await RunAsync("score", [input], "--id-column", "key", "--format", "table", "--output", output));
        Assert.Collection(
            File.ReadLines(output),
            line => Assert.Equal("     row     score  int  tokens  id                    text", line),
            line => Assert.EndsWith("  first                 x", line, StringComparison.Ordinal),
            line => Assert.EndsWith("  a key that is much…   y", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tokenize_TakesTheSameInputs()
    {
        var (csv, text) = (_folder.Write("b.csv", "id,body\n1,test\n1\n"), _folder.Write("c.jsonl", "{\"body\":\"test\"}\n"));
        var result = await WorkerProcess.RunAsync(
            ["tokenize", csv, text, "--model", WorkerProcess.EduTiny, "--text-column", "body", "--skip-bad-lines"]);
        Assert.Equal(2, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("line 3 has 1 value, where the first one names 2 columns; left out", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    [Fact]
    public async Task Input_ThatFails_EndsAllOfThem()
    {
        var (good, bad) = (_folder.Write("1.txt", "x\n"), _folder.Write("2.jsonl", "{\"text\":\"a\"}\nnonsense\n"));
        var result = await WorkerProcess.RunAsync(
            ["score", good, bad, good, "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", "csv"]);
        Assert.Equal(3, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains($"{bad}: line 2 is not valid JSON", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
    }

    private async Task<string[]> FilesAsync(params string[] inputs)
    {
        var lines = await ScoreAsync(inputs);
        return [.. lines.Select(line => Path.GetRelativePath(_folder.Path, line.GetProperty("file").GetString()!))];
    }

    private static async Task<JsonElement[]> ScoreAsync(string[] inputs, params string[] more)
    {
        using var outside = new TemporaryFolder();
        var output = outside.File("out.jsonl");
        Assert.Equal((ExitCode.Success, ""), await RunAsync("score", inputs, [.. more, "--output", output]));
        return [.. (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static Task<(int ExitCode, string Error)> RunAsync(string command, string[] inputs, params string[] more) =>
        InProcess.RunAsync([command, .. inputs, "--model", WorkerProcess.EduTiny, "--device", "cpu", .. more]);
}

using System.Globalization;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;
using FineWebTorch.Worker.Tests.Fakes;
using ParquetSharp;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>The program as a user with a laptop runs it, against an emulated Hub.</summary>
public sealed class HubScoreTests : IAsyncLifetime
{
    private const string Input = "hf://datasets/alice/texts/data/a.parquet";
    private static readonly HubRepository Model = HubRepository.Model("bob/tiny");

    private readonly string _folder = Directory.CreateTempSubdirectory("worker-hub-").FullName;
    private EmulatedHub _hub = null!;

    private string Temporary => Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;

    public async ValueTask InitializeAsync() => _hub = await EmulatedHub.StartAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        Secrets.DemandNoneIn(_folder);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Rows_OfALargeFile_AreFetchedWithoutTheRest()
    {
        var content = LargeFile();
        _hub.Put("data/a.parquet", content);
        var result = await ScoreAsync(Input, "--rows", "20");

        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Equal(
            Enumerable.Range(0, 20).Select(id => $"{id}"),
            Lines(result).Select(line => line.GetProperty("id").GetString()));
        var ranges = _hub.Server.Log.Of(RequestKind.ObjectGet).Select(entry => Length(entry.Range!)).ToList();
        Assert.True(ranges.Sum() < content.Length / 5, $"{ranges.Sum()} of {content.Length} bytes");
        // A CPU that the kernels do not know, or that has none, is warned of first.
        var told = result.Error.Split('\n').Where(line => !line.StartsWith("worker: warning: cpu: ", StringComparison.Ordinal));
        var (fetched, summary) = told.ToArray() is [var first, var second, ""] ? (first, second) : default;
        Assert.Equal(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Input}: fetched {ranges.Sum():N0} of {content.Length:N0} bytes in {ranges.Count} requests"),
            fetched);
        Assert.Matches(
            "^20 of 20 rows, [0-9.,]+ a second; device busy [0-9.]+ %, waiting for reader [0-9.]+ %, .*; "
            + "positions without a token 0.0 %$",
            summary);
        Assert.Empty(Directory.GetFileSystemEntries(Temporary));
        Assert.Equal(Lines(await ScoreAsync(LocalCopy(content), "--rows", "20")), Lines(result), Same);
    }

    [Fact]
    public async Task File_WithoutRows_IsFetchedWholeIntoTheCacheAndFoundThere()
    {
        var sample = File.ReadAllBytes(Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00000.parquet"));
        var commit = _hub.Put("data/a.parquet", sample);
        var pinned = $"hf://datasets/alice/texts@{commit}/data/a.parquet";
        Assert.Equal(40, Lines(await ScoreAsync(pinned)).Length);
        _hub.Server.Log.Clear();

        Assert.Equal(3, Lines(await ScoreAsync(pinned, "--rows", "3")).Length);
        Assert.Empty(_hub.Server.Log.Entries);
    }

    [Theory]
    [InlineData("data/b.parquet", "text", "has no such file")]
    [InlineData("data/a.parquet", "content", "hf://datasets/alice/texts/data/a.parquet: it has no column 'content'")]
    [InlineData("data/*.parquet", "text", "name one file")]
    [InlineData("data/a.xml", "text", "give a file that ends in .parquet, .jsonl, .csv or .txt")]
    [InlineData("data/noise.parquet", "text", "noise.parquet is not a Parquet file")]
    public async Task Input_NotToBeUsed_IsOneLine(string path, string column, string message)
    {
        _hub.Put("data/a.parquet", LargeFile());
        _hub.Put("data/noise.parquet", new byte[1000]);
        var result = await ScoreAsync($"hf://datasets/alice/texts/{path}", "--rows", "1", "--text-column", column);

        Assert.NotEqual(ExitCode.Success, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'), line => !line.Contains(": fetched ", Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Temporary));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@main")]
    public async Task Model_OnTheHub_IsFetchedOnceAndThenServesOffline(string revision)
    {
        _hub.Put(Model, [.. Directory.GetFiles(WorkerProcess.EduTiny)
            .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))]);
        string[] command = ["tokenize", "-", "--model", "bob/tiny" + revision];
        var first = await RunAsync(command, "{\"text\":\"a\"}\n");
        Assert.Equal((ExitCode.Success, ""), (first.ExitCode, first.Error));
        _hub.Server.Log.Clear();

        var again = await RunAsync(command, "{\"text\":\"a\"}\n", ("HF_HUB_OFFLINE", "1"));
        Assert.Equal(first, again);
        Assert.Empty(_hub.Server.Log.Entries);
    }

    [Fact]
    public async Task Model_NowhereToBeFound_IsOneLine()
    {
        var result = await RunAsync(["tokenize", "-", "--model", "bob/none"], "");
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Contains("bob/none does not exist", result.Error, Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static bool Same(JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b);

    private static JsonElement[] Lines(WorkerProcess.Result result) =>
        [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    private static long Length(string range)
    {
        var ends = range["bytes=".Length..].Split('-');
        return long.Parse(ends[1], CultureInfo.InvariantCulture) - long.Parse(ends[0], CultureInfo.InvariantCulture) + 1;
    }

    // Ten row groups, most of them other columns.
    private byte[] LargeFile()
    {
        var path = Path.Combine(_folder, "large.parquet");
        const int Rows = 20_000;
        const int RowsOfGroup = 2048;
        var random = new Random(1);
        using (var file = new ParquetFileWriter(
            path, [new Column<string>("other"), new Column<string>("text"), new Column<long>("id")]))
        {
            for (var first = 0; first < Rows; first += RowsOfGroup)
            {
                var rows = Enumerable.Range(first, Math.Min(RowsOfGroup, Rows - first)).ToList();
                using var group = file.AppendRowGroup();
                using (var others = group.NextColumn().LogicalWriter<string>())
                    others.WriteBatch([.. rows.Select(_ => random.GetHexString(640))]);
                using (var texts = group.NextColumn().LogicalWriter<string>())
                    texts.WriteBatch([.. rows.Select(row => $"text number {row}")]);
                using (var ids = group.NextColumn().LogicalWriter<long>())
                    ids.WriteBatch([.. rows.Select(row => (long)row)]);
            }

            file.Close();
        }

        return File.ReadAllBytes(path);
    }

    private string LocalCopy(byte[] content)
    {
        var path = Path.Combine(_folder, "a.parquet");
        File.WriteAllBytes(path, content);
        return path;
    }

    private Task<WorkerProcess.Result> ScoreAsync(string input, params string[] more) => RunAsync(
        ["score", input, "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", "jsonl", .. more], "");

    private async Task<WorkerProcess.Result> RunAsync(
        string[] arguments, string input, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>
        {
            ["HF_ENDPOINT"] = _hub.Server.Url.ToString(),
            ["HF_TOKEN"] = EmulatedHub.Token,
            ["HF_HUB_CACHE"] = Path.Combine(_folder, "cache"),
            ["HF_HUB_OFFLINE"] = "0",
            ["TMPDIR"] = Temporary,
        };
        foreach (var (name, value) in more)
            environment[name] = value;
        var result = await WorkerProcess.RunAsync(arguments, input, environment);
        Assert.DoesNotContain(EmulatedHub.Token, result.Error, Ordinal);
        Assert.DoesNotContain("Signature=", result.Error, Ordinal);
        return result;
    }
}

using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

public sealed class ProgramTests
{
    [Fact]
    public async Task Quiet_FromAVariable_LeavesTheResultAndErrorsAlone()
    {
        string[] arguments = ["score", "-", "--format", "jsonl", "--skip-bad-lines", "--model", WorkerProcess.EduTiny];
        var quiet = new Dictionary<string, string> { ["FINEWEB_QUIET"] = "1", ["FINEWEB_DEVICE"] = "cpu" };

        var result = await WorkerProcess.RunAsync(arguments, "{\"text\": \"one\"}\nnonsense\n", quiet);

        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        Assert.Contains("\"score\":", result.Output, StringComparison.Ordinal);
        result = await WorkerProcess.RunAsync(["score", "no.parquet", "--model", WorkerProcess.EduTiny], "", quiet);
        Assert.StartsWith("worker: no.parquet: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_StandardInput_PrintsIds()
    {
        var result = await WorkerProcess.RunAsync(
            ["tokenize", "-", "--model", WorkerProcess.EduTiny],
            "{\"text\":\"\"}\n{\"text\":null}\n{\"text\":\"\\ud800\"}\n");
        Assert.Equal(
            "{\"ids\":[2,3]}\n{\"ids\":null,\"reason\":\"null_text\"}\n{\"ids\":null,\"reason\":\"invalid_unicode\"}\n",
            result.Output);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    [Theory]
    [InlineData("3", "{\"tokens\":[\"[CLS]\",\"this\",\"[SEP]\"]}\n")]
    [InlineData("none", "{\"tokens\":[\"[CLS]\",\"this\",\"is\",\"a\",\"test\",\"sentence\",\".\",\"[SEP]\"]}\n")]
    public async Task Tokenize_AsTokens_PrintsThem(string maxLength, string expected)
    {
        var result = await WorkerProcess.RunAsync(
            ["tokenize", "-", "--model", WorkerProcess.EduTiny, "--format", "tokens", "--max-length", maxLength],
            "{\"text\":\"This is a test sentence.\"}");
        Assert.Equal(expected, result.Output);
    }

    [Fact]
    public async Task Tokenize_MoreThanModelLength_HasNoLimitWhereNoneIsAsked()
    {
        var text = string.Concat(Enumerable.Repeat("test ", 5000));
        var result = await WorkerProcess.RunAsync(
            ["tokenize", "-", "--model", WorkerProcess.EduTiny, "--max-length", "none"], $"{{\"text\":\"{text}\"}}");
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(5002, json.RootElement.GetProperty("ids").GetArrayLength());
    }

    [Fact]
    public async Task BadLine_OnStandardInput_IsOneLineWithItsNumber()
    {
        var result = await WorkerProcess.RunAsync(
            ["tokenize", "-", "--model", WorkerProcess.EduTiny], "{\"text\":\"a\"}\n{\"text\":\n");
        Assert.Equal("worker: standard input: line 2 is not valid JSON (byte 9)\n", result.Error);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
    }

    [Fact]
    public async Task Reader_Gone_EndsTheProgramQuietly()
    {
        using var process = WorkerProcess.Start("tokenize", "-", "--model", WorkerProcess.EduTiny);
        process.StandardOutput.Close();
        var lines = string.Concat(Enumerable.Repeat("{\"text\":\"a few words to tokenize\"}\n", 100));
        var fed = 0L;
        try
        {
            // Endless input: only the closed output can end this.
            for (; fed < 1_000_000_000; fed += lines.Length)
                await process.StandardInput.WriteAsync(lines);
        }
        catch (IOException)
        {
            // It has stopped reading.
        }

        await WorkerProcess.EndAsync(process);
        Assert.True(fed < 1_000_000_000);
        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Success, process.ExitCode);
    }

    [Fact]
    public async Task Info_Json_NamesWhatIsThere()
    {
        var result = await WorkerProcess.RunAsync(["info", "--json"]);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(ProgramVersion.Current, json.RootElement.GetProperty("version").GetString());
        Assert.Matches(@"^\d+\.\d+", json.RootElement.GetProperty("libtorch").GetString());
        Assert.StartsWith("ParquetSharp ", json.RootElement.GetProperty("parquet").GetString(), StringComparison.Ordinal);
        var cpu = json.RootElement.GetProperty("devices")[0];
        Assert.Equal("cpu", cpu.GetProperty("device").GetString());
        Assert.False(string.IsNullOrEmpty(cpu.GetProperty("kernels").GetString()));
    }

    [Fact]
    public async Task Info_KernelsNotInstalled_NamesTheReason()
    {
        var native = Directory.CreateTempSubdirectory("fineweb-worker-");
        var environment = new Dictionary<string, string> { ["FINEWEB_NATIVE"] = native.FullName };
        var result = await WorkerProcess.RunAsync(["info"], environment: environment);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Matches(@"(?m)^cpu .* reference kernels \(.*finewebtorch_kernels.* is not installed; .*\)$", result.Output);
        native.Delete();
    }

    [Fact]
    public async Task Info_KernelsAskedForAndNotInstalled_StillNamesLibtorch()
    {
        var native = Directory.CreateTempSubdirectory("fineweb-worker-");
        var environment = new Dictionary<string, string> { ["FINEWEB_NATIVE"] = native.FullName };
        var result = await WorkerProcess.RunAsync(["info", "--kernels", "avx2"], environment: environment);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Matches(@"(?m)^libtorch +\d+\.\d+", result.Output);
        Assert.Matches(@"(?m)^cpu +none \(kernels avx2: .* is not installed; .*\)$", result.Output);
        native.Delete();
    }

    [Fact]
    public async Task Score_KernelsThatDoNotLoad_WarnsOnceAndScores()
    {
        var native = Directory.CreateTempSubdirectory("fineweb-worker-");
        const string Name = "finewebtorch_kernels";
        foreach (var file in (string[])[$"lib{Name}.so", $"lib{Name}.dylib", $"{Name}.dll"])
            await File.WriteAllTextAsync(
                Path.Combine(native.FullName, file), "not a library", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["FINEWEB_NATIVE"] = native.FullName };
        string[] arguments = ["score", "-", "--model", WorkerProcess.EduTiny, "--format", "csv", "--device", "cpu"];
        var (fallen, chosen) = (
            await WorkerProcess.RunAsync(arguments, "{\"text\":\"a text\"}\n", environment),
            await WorkerProcess.RunAsync([.. arguments, "--kernels", "reference"], "{\"text\":\"a text\"}\n", environment));
        Assert.Equal((ExitCode.Success, ExitCode.Success), (fallen.ExitCode, chosen.ExitCode));
        Assert.Equal(chosen.Output, fallen.Output);
        var warning = Assert.Single(fallen.Error.Split('\n'), line => line.Contains("warning", StringComparison.Ordinal));
        Assert.Contains("in fp32 alone: ", warning, StringComparison.Ordinal);
        Assert.Contains("does not load: ", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", chosen.Error, StringComparison.Ordinal);
        native.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--give-up-after", "100ms")]
    [InlineData("--no-wait")]
    public async Task Worker_WithoutCoordinator_GivesUpWithOneLine(params string[] patience)
    {
        var result = await WorkerProcess.RunAsync(
            ["--device", "cpu", "--coordinator", "http://127.0.0.1:1", .. patience]);
        Assert.Contains("no coordinator", result.Error, StringComparison.Ordinal);
        Assert.Contains("coordinator run", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NoCoordinator, result.ExitCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Score_Interrupted_EndsWithoutOutputOrTrace(bool whileReading)
    {
        var folder = Directory.CreateTempSubdirectory("worker-interrupted-");
        try
        {
            var output = Path.Combine(folder.FullName, "out");
            using var process = WorkerProcess.Start(
                "score", "-", "--model", WorkerProcess.EduTiny, "--device", "cpu", "--format", "csv",
                "--output", output);
            var lines = string.Concat(Enumerable.Repeat("{\"text\":\"a few words to score\"}\n", 2048));
            await process.StandardInput.WriteAsync(lines);
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            // The temporary file shows that the model is loaded and the scoring has begun.
            Assert.True(SpinWait.SpinUntil(() => folder.GetFiles().Length > 0, TimeSpan.FromMinutes(1)));
            if (!whileReading)
                process.StandardInput.Close();
            // Not SIGINT: a shell that starts the tests in the background has it ignored by all their children.
            using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await WorkerProcess.EndAsync(process);

            if (process.ExitCode != ExitCode.Success)
            {
                var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
                // A CPU that the kernels do not know, or that has none, is warned of first.
                Assert.Equal(ExitCode.Interrupted, process.ExitCode);
                Assert.EndsWith("worker: interrupted\n", error, StringComparison.Ordinal);
                Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
                Assert.Empty(folder.GetFiles());
            }
            else
                Assert.False(whileReading);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

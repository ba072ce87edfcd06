using FineWebTorch.Common;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("worker-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--gpu 0 --device cpu", "--gpu and --device exclude each other; give one")]
    [InlineData("--gpu -1", "--gpu -1: give a whole number of 0 or more")]
    [InlineData("--threads 0", "--threads 0: give a whole number of 1 or more")]
    [InlineData("--device cpu --give-up-after 5", "--give-up-after 5: give a duration of 100ms or more")]
    [InlineData("--device cpu --coordinator localhost:5090", "--coordinator localhost:5090: not an address")]
    [InlineData("--device cpu --coordinator http://host/path", "--coordinator http://host/path: not an address")]
    [InlineData("--device cpu --coordinator https://head:5090 --join fwj1_secretsecret", "--join ***: the join token is mistyped")]
    [InlineData("--device cpu --join @/no/such/file", "--join @/no/such/file: the file cannot be read")]
    [InlineData("score", "INPUT is missing")]
    [InlineData("score in.parquet --rows 0", "--rows 0: give a whole number of 1 or more")]
    [InlineData("score in.parquet --token-budget 0", "--token-budget 0: give a whole number of 1 or more")]
    [InlineData("score in.parquet --format xml", "--format xml: give table, jsonl, csv or parquet")]
    [InlineData("score in.parquet --format parquet", "--format parquet: name a file with --output")]
    [InlineData("score in.parquet --dtype fp8", "--dtype fp8: give auto, fp32, fp16 or bf16")]
    [InlineData("tokenize - --max-length 1", "--max-length 1: give a whole number of 2")]
    [InlineData("tokenize - --max-length x", "--max-length x: give a whole number of 2")]
    [InlineData("score in.parquet --gpu 0 --device cpu", "exclude each other")]
    [InlineData("score in.parquet --rows x", "--rows x: give a whole number of 1 or more")]
    [InlineData("score in.parquet --format tabel", "give table, jsonl, csv or parquet; did you mean table?")]
    [InlineData("score in.parquet --rwos 5", "--rwos: worker score has no such option; did you mean --rows?")]
    [InlineData("--device cuad", "--device cuad: give auto, cpu, cuda, cuda:N or mps; did you mean cuda?")]
    [InlineData("--device gpu", "did you mean cuda?")]
    [InlineData("--device cuda:N", "--device cuda:N: give auto")]
    [InlineData("score in.parquet --output", "--output: give a value, --output FILE")]
    [InlineData("socre in.parquet", "socre: worker has no such command; did you mean score?")]
    [InlineData("--device cpu score in.parquet", "--device: write it after 'score'")]
    [InlineData("info --json=maybe", "maybe: worker info takes no arguments")]
    public async Task CommandLine_Wrong_IsOneLineAndUsage(string arguments, string message)
    {
        var (exitCode, error) = await InProcess.RunAsync(arguments.Split(' '));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("worker: ", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
    }

    [Fact]
    public async Task Input_OfAnUnknownKind_IsUsage()
    {
        var (exitCode, error) = await InProcess.RunAsync("score", "notes.xml", "--model", WorkerProcess.EduTiny);
        Assert.Contains("notes.xml: give a file that ends in .parquet, .jsonl, .csv or .txt", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
    }

    [Theory]
    [InlineData("score", "no.parquet")]
    [InlineData("score", "no.jsonl")]
    [InlineData("tokenize", "no.jsonl")]
    public async Task Input_Missing_IsNamed(string command, string input)
    {
        var (exitCode, error) = await InProcess.RunAsync(command, input, "--model", WorkerProcess.EduTiny);
        Assert.Contains(input, error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected error", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    [Theory]
    [InlineData("score")]
    [InlineData("tokenize")]
    public async Task Model_NotInTheCacheAndOffline_SaysSo(string command)
    {
        var input = Path.Combine(_folder, "in.jsonl");
        File.WriteAllText(input, "{\"text\":\"a\"}\n");
        var result = await WorkerProcess.RunAsync([command, input]);
        Assert.Contains("HuggingFaceFW/fineweb-edu-classifier", result.Error, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_OFFLINE", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.Equal(("", ExitCode.Failure), (result.Output, result.ExitCode));
    }

    [Fact]
    public async Task Column_Missing_IsNamed()
    {
        var (exitCode, error) = await InProcess.RunAsync(
            "score", Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00000.parquet"),
            "--model", WorkerProcess.EduTiny, "--text-column", "content");
        Assert.Contains("content", error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected error", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }
}

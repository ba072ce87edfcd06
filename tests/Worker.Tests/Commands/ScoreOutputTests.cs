using System.Diagnostics;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>What <c>worker score</c> writes, where, and what it leaves alone.</summary>
public sealed class ScoreOutputTests : IDisposable
{
    private static readonly string Sample = Path.Combine(
        TestData.RepositoryRoot, "data", "sample", "000_00000.parquet");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Spellings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var ending in (string[])[".parquet", ".jsonl", ".csv"])
            {
                foreach (var spelling in (string[])["same", "dots", "link", "hard link"])
                    data.Add(ending, spelling);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task Output_OverTheInput_IsRefused(string ending, string spelling)
    {
        var input = Input(ending);
        var before = Sha256.Of(await File.ReadAllTextAsync(input, TestContext.Current.CancellationToken));

        var (exitCode, error) = await ScoreAsync(input, "--output", Spell(input, spelling, ending), "--overwrite");

        Assert.Contains("is the input", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Equal(before, Sha256.Of(await File.ReadAllTextAsync(input, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("score {0} --format jsonl --device cpu >> {0}")]
    [InlineData("score - --format jsonl --device cpu < {0} >> {0}")]
    [InlineData("tokenize {0} >> {0}")]
    public async Task StandardOutput_IntoTheInput_IsRefused(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        var input = Input(".jsonl");
        var before = await File.ReadAllTextAsync(input, TestContext.Current.CancellationToken);
        var worker = Path.Combine(AppContext.BaseDirectory, "worker.dll");
        var line = string.Format(null, CompositeFormat.Parse(command), input);

        var (exitCode, _, error) = await Executables.RunAsync(new ProcessStartInfo(
            "/bin/sh", ["-c", $"dotnet {worker} {line} --model {WorkerProcess.EduTiny}"]), "");

        Assert.Contains("which is an input", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Equal(before, await File.ReadAllTextAsync(input, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Output_ThatIsThere_IsKeptUnlessOverwriteIsAsked()
    {
        var output = _folder.Write("out.csv", "precious");

        var (exitCode, error) = await ScoreAsync(Input(".jsonl"), "--output", output);
        Assert.Equal($"worker: {output}: exists already; name another file, or replace it with --overwrite\n", error);
        Assert.Equal((ExitCode.Failure, "precious"), (exitCode, File.ReadAllText(output)));

        (exitCode, error) = await ScoreAsync(Input(".jsonl"), "--output", output, "--overwrite");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.StartsWith("row,id,score", File.ReadAllText(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_ThatIsADevice_IsWrittenTo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev");
        Assert.Equal((ExitCode.Success, ""), await ScoreAsync(Input(".jsonl"), "--output", "/dev/null", "--format", "csv"));
        var (exitCode, error) = await ScoreAsync(
            Input(".jsonl"), "--output", "/dev/null", "--format", "parquet", "--overwrite");
        Assert.Equal("worker: /dev/null: a Parquet file needs a place of its own; name a file\n", error);
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.False(FileIdentity.IsRegularFile("/dev/null"));
    }

    [Theory]
    [InlineData("out.parquet", "")]
    [InlineData("out.jsonl", "{\"row\":0,")]
    [InlineData("out.csv", "row,id,score,int_score,tokens,reason\n")]
    public async Task Format_IsWhatTheOutputEndsIn(string name, string beginning)
    {
        var output = _folder.File(name);
        Assert.Equal((ExitCode.Success, ""), await ScoreAsync(Input(".jsonl"), "--output", output));
        if (beginning.Length > 0)
            Assert.StartsWith(beginning, File.ReadAllText(output), StringComparison.Ordinal);
        else
            Assert.Equal(3, ParquetFile.Inspect(output).Rows);
    }

    [Theory]
    [InlineData("gzip -dc", "out.jsonl.gz")]
    [InlineData("zstd -dqc", "out.csv.zst")]
    public async Task Output_Packed_IsReadByThePrograms(string program, string name)
    {
        Executables.Require(program.Split(' ')[0]);
        var output = _folder.File(name);
        var plain = _folder.File(name[..name.LastIndexOf('.')]);
        await ScoreAsync(Input(".jsonl"), "--output", output);
        await ScoreAsync(Input(".jsonl"), "--output", plain);

        var unpacked = await Executables.OutputOfAsync(new ProcessStartInfo("/bin/sh", ["-c", $"{program} {output}"]));

        Assert.Equal(File.ReadAllText(plain), unpacked);
    }

    [Theory]
    [InlineData("--output out.txt", "--output out.txt: its name says no format")]
    [InlineData("--output out.csv --format parquet", "is the name of a csv file, but --format says parquet")]
    [InlineData("--output out.parquet.gz", "its name says no format")]
    [InlineData("--keep-columns --format csv", "columns of JSON lines are kept as jsonl alone, not as csv")]
    [InlineData("--keep-columns --format table", "columns of JSON lines are kept as jsonl alone, not as table")]
    [InlineData("--keep-columns --score-column text", "must be three different names")]
    [InlineData("--text hello", "--text is the document itself; leave the inputs out")]
    public async Task Options_ThatDoNotGoTogether_AreUsage(string options, string message)
    {
        var (exitCode, error) = await ScoreAsync(Input(".jsonl"), options.Split(' '));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exitCode);
    }

    [Fact]
    public async Task KeepColumns_OfJson_AddsToTheObjectsAsTheyWere()
    {
        var input = _folder.Write(
            "in.jsonl",
            "{ \"a\": [1.50, NaN],  \"text\":\"This is a test sentence.\", \"a\":1e2 }\r\n\n{\"text\":null,\"é\":\"\\u00e9\"}\n");
        var output = _folder.File("out.jsonl");

        Assert.Equal((ExitCode.Success, ""), await ScoreAsync(input, "--keep-columns", "--output", output));

        Assert.Matches(
            "^\\{ \"a\": \\[1.50, NaN\\],  \"text\":\"This is a test sentence.\", \"a\":1e2 , \"score\": 3\\.568[0-9]*, " +
            "\"int_score\": 4\\}\n" +
            "\\{\"text\":null,\"é\":\"\\\\u00e9\", \"score\": null, \"int_score\": null\\}\n$",
            File.ReadAllText(output));
        var (exitCode, error) = await ScoreAsync(output, "--keep-columns", "--output", _folder.File("again.jsonl"));
        Assert.Contains("line 1 has a \"score\" already", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    [Fact]
    public async Task KeepColumns_OfCsv_AddsToTheRecordsAsTheyWere()
    {
        var input = _folder.Write("in.csv", "\"id\",text\r\n1,\"This is a\r\ntest sentence.\"\r\n\"2\",x\r\n");
        var output = _folder.File("out.csv");

        Assert.Equal((ExitCode.Success, ""), await ScoreAsync(
            input, "--keep-columns", "--output", output, "--score-column", "a,b", "--int-score-column", "c"));

        Assert.Matches(
            "^\"id\",text,\"a,b\",c\n1,\"This is a\r\ntest sentence.\",3\\.[0-9]+,4\n\"2\",x,[0-9.]+,[0-5]\n$",
            File.ReadAllText(output));
    }

    [Fact]
    public async Task KeepColumns_OfParquet_AddsToAllColumns()
    {
        var output = _folder.File("out.parquet");

        Assert.Equal((ExitCode.Success, ""), await ScoreAsync(Sample, "--keep-columns", "--output", output, "--rows", "7"));

        var (before, after) = (ParquetFile.Inspect(Sample), ParquetFile.Inspect(output));
        Assert.Equal(
            [.. before.Columns.Select(column => column.Name), "score", "int_score"],
            after.Columns.Select(column => column.Name));
        Assert.Equal(7, after.Rows);
    }

    [Fact]
    public async Task KeepColumns_OfTwoHeaders_IsRefused()
    {
        var (one, other) = (_folder.Write("1.csv", "text,a\nx,1\n"), _folder.Write("2.csv", "a,text\n1,x\n"));
        var (exitCode, error) = await ScoreAsync(one, other, "--keep-columns", "--output", _folder.File("out.csv"));
        Assert.Contains($"{other}: has other columns than {one}", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, exitCode);
    }

    private static Task<(int ExitCode, string Error)> ScoreAsync(string input, params string[] more) =>
        InProcess.RunAsync(["score", input, "--model", WorkerProcess.EduTiny, "--device", "cpu", .. more]);

    private string Input(string ending)
    {
        if (ending == ".parquet")
        {
            File.Copy(Sample, _folder.File("in.parquet"), overwrite: true);
            return _folder.File("in.parquet");
        }

        return _folder.Write($"in{ending}", ending == ".csv"
            ? "id,text\n1,one\n2,two\n3,three\n"
            : "{\"id\":1,\"text\":\"one\"}\n{\"id\":2,\"text\":\"two\"}\n{\"id\":3,\"text\":\"three\"}\n");
    }

    private string Spell(string input, string spelling, string ending)
    {
        var other = _folder.File($"other{ending}");
        switch (spelling)
        {
            case "dots":
                Directory.CreateDirectory(_folder.File("d"));
                return Path.Combine(_folder.Path, "d", "..", Path.GetFileName(input));
            case "link":
                File.CreateSymbolicLink(other, input);
                return other;
            case "hard link":
                Assert.SkipUnless(OperatingSystem.IsLinux(), "needs hard links");
                using (var link = Process.Start("ln", [input, other]))
                    link.WaitForExit();
                return other;
            default:
                return input;
        }
    }
}

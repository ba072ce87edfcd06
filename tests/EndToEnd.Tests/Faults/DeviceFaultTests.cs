using FineWebTorch.FaultyWorker;
using FineWebTorch.Parquet;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Devices that hang, fail, or end their process.</summary>
public sealed class DeviceFaultTests
{
    private const string Poisoned = "000_00002.parquet";

    public static TheoryData<int> Attempts => Soak.Attempts;

    /// <summary>It says for ever that it is there. Its work goes to others, and its process ends.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Device_ThatNeverComesBack(int attempt)
    {
        // Longer than a busy machine holds up a worker that does not hang.
        await using var run = new FaultRun("a hung device", attempt) { Settings = ["--progress-timeout", "8s"] };
        await run.StartAsync(workers: 2);
        var hung = await run.WorkAsync(new FaultyDevice { HangsAt = run.Random.Next(1, 4) });
        run.Workers.Remove(hung);

        await run.EndAsync(disturbed: 1);
        // Told to end because it hangs; or, where an idle worker did its rows before that was known, by the run's end.
        if (await hung.ExitAsync() == 0)
            Assert.Contains("another worker was first", hung.Errors);
    }

    /// <summary>Files are done by the seven others, and none has failed.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Workers_ThreeSickAmongTen(int attempt)
    {
        await using var run = new FaultRun("three sick workers among ten", attempt);
        await run.CoordinateAsync();
        foreach (var fault in Enum.GetValues<DeviceFault>())
            await run.WorkAsync(new FaultyDevice { FailsAt = run.Random.Next(3), Fault = fault });
        run.Workers.Clear();
        for (var index = 0; index < 7; index++)
            await run.WorkAsync();

        await run.EndAsync(disturbed: 3);
    }

    /// <summary>Its row alone has no score. Workers that it ended are started again.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Document_ThatEndsTheProcess(int attempt)
    {
        await using var run = new FaultRun(
            "a document that ends the process", attempt, copies: 1, "--keep", "all", "--layout", "mirror");
        var input = Path.Combine(run.Folder.Input, "000", Poisoned);
        var row = run.Random.Next((int)ParquetFile.Inspect(input).Rows);
        var device = new FaultyDevice { Poison = BeginningOf(input, row) };
        await run.CoordinateAsync();
        await Task.WhenAll(run.KeepWorkingAsync(device), run.KeepWorkingAsync(device));

        Assert.True(await run.Coordinator.ExitAsync() == 0, run.Coordinator.Errors);
        var summary = run.Folder.Summary(FaultRun.Name);
        Assert.Equal(0, summary.GetProperty("files_failed").GetArrayLength());
        Assert.Equal(1, summary.GetProperty("rows_unscorable").GetInt64());
        foreach (var file in SampleScores.Files)
            SampleScores.AssertEqual(
                file, Directory.GetFiles(run.Output, $"*{file}", SearchOption.AllDirectories).Single(),
                file == Poisoned ? [row] : []);
        run.Record(summary.GetProperty("rows").GetInt64() - 1, disturbed: 2);
    }

    /// <summary>Whole words of it: half a word has other tokens than the whole.</summary>
    private static string BeginningOf(string input, int row)
    {
        using var rows = TextColumnReader.Open(input, "text", row, "id", row + 1);
        Assert.True(rows.Read());
        var text = System.Text.Encoding.UTF8.GetString(rows.Text(0));
        return text.Length <= 80 ? text : text[..text.LastIndexOf(' ', 80)];
    }
}

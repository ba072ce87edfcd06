using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Tests.Preparation;

/// <summary>What a run says of its files before anything is scored.</summary>
public sealed class InputWarningsTests : IDisposable
{
    private static readonly string[] Differences =
    [
        "column 'n' differs between files: int64 in a.parquet, string in b.parquet",
        "column 'lang' differs between files: missing in a.parquet, string in b.parquet",
        "each shard keeps the columns of its file; the dataset card lists only those that all files have",
    ];

    private readonly SampleRun _run = new();

    private CommandLine Arguments => _run.Arguments.With("--input", _run["mine"]);

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Prepare_ColumnsDiffer_IsSaidAtTheStartAndWhenTheRunGoesOn()
    {
        SmallFiles.WriteDiffering(_run["mine", "a.parquet"], _run["mine", "b.parquet"]);

        (await _run.PrepareAsync(Arguments)).Dispose();
        Assert.Equal(Differences, _run.Warnings);
        (await _run.PrepareAsync(Arguments)).Dispose();

        Assert.Equal([.. Differences, .. Differences], _run.Warnings);
    }

    [Fact]
    public async Task Prepare_ColumnsDifferAndAFileHasChanged_SaysThatItHas()
    {
        SmallFiles.WriteDiffering(_run["mine", "a.parquet"], _run["mine", "b.parquet"]);
        (await _run.PrepareAsync(Arguments)).Dispose();
        await File.WriteAllTextAsync(_run["mine", "b.parquet"], "no Parquet");

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => _run.PrepareAsync(Arguments));

        Assert.Contains("the file has changed since the run was started", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecast_ColumnsDiffer_IsSaid()
    {
        SmallFiles.WriteDiffering(_run["mine", "a.parquet"], _run["mine", "b.parquet"]);

        await _run.Preparation(Arguments.Parse()).ForecastAsync(CancellationToken.None);

        Assert.Equal(Differences, _run.Warnings);
    }

    [Fact]
    public async Task Prepare_FilesOfTheSameColumns_SaysNothing()
    {
        (await _run.PrepareAsync()).Dispose();

        Assert.Empty(_run.Warnings);
    }

    [Fact]
    public async Task Prepare_MetadataThatCannotBeCarried_IsSaidOnce()
    {
        foreach (var name in (string[])["a", "b", "c"])
            SmallFiles.Write(_run["mine", $"{name}.parquet"], [SmallFiles.Text("text")], "no JSON");

        (await _run.PrepareAsync(Arguments)).Dispose();

        Assert.Equal(
            ["a.parquet and 2 more files: metadata 'huggingface' is left out: it is not the JSON of Hugging Face "
                + "datasets"],
            _run.Warnings);
    }

    [Fact]
    public async Task Prepare_OneFileCannotBeUsed_IsSaidBeforeTheOthersAreScored()
    {
        SmallFiles.Write(_run["mine", "a.parquet"], [SmallFiles.Text("text")]);
        SmallFiles.Write(_run["mine", "b.parquet"], [SmallFiles.Text("body")]);

        (await _run.PrepareAsync(Arguments)).Dispose();

        var warning = Assert.Single(_run.Warnings);
        Assert.StartsWith(
            $"{_run["mine", "b.parquet"]}: it has no column 'text', only 'body'", warning, StringComparison.Ordinal);
    }
}

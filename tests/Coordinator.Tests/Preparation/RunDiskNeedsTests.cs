using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;

namespace FineWebTorch.Coordinator.Tests.Preparation;

public sealed class RunDiskNeedsTests
{
    private const string Hub = "hf://datasets/alice/web";

    /// <summary>Ten files of 1,000 to 1,009 bytes with 40 rows each.</summary>
    private static readonly FileRecord[] Files =
        [.. Enumerable.Range(0, 10).Select(index => Runs.File(index, 40) with { Size = 1000 + index })];

    [Theory]
    [InlineData("all", 10_045)]
    // 15 % of all, and at least the largest file.
    [InlineData("int3", 1506)]
    [InlineData("raw3", 1506)]
    public void Of_LocalOutput_HoldsAllShardsToTheEnd(string keep, long bytes) =>
        Assert.Equal(bytes, Needs(new CommandLine("--input", Hub, "--output", "/out", "--keep", keep))["/out"]);

    [Fact]
    public void Of_FewFiles_HasRoomForTheLargestShardWhole() =>
        Assert.Equal(1001, Needs(new CommandLine("--output", "/out"), Files[..2])["/out"]);

    [Fact]
    public void Of_FirstRowsOnly_NeedsTheirShareOfShardsAndLedger()
    {
        var needs = Needs(new CommandLine(
            "--output", "/out", "--run", "/run", "--keep", "all", "--rows-per-file", "20"));

        Assert.Equal(5022, needs["/out"]);
        Assert.Equal(8 * 20 * 10, needs["/run"]);
    }

    [Theory]
    // Five input files and a shard each, no more files than there are.
    [InlineData(Hub, Hub, "1", 1009 + 1008 + 1007 + 1006 + 1005 + 1009)]
    [InlineData(Hub, Hub, "3", 10_045 + 1009 + 1008 + 1007)]
    [InlineData(Hub, "/out", "1", 1009 + 1008 + 1007 + 1006 + 1005)]
    [InlineData("/in", Hub, "2", 1009 + 1008)]
    [InlineData("/in", "/out", "2", 0)]
    [InlineData(Hub, Hub, "0", 0)]
    public void Of_LocalWorkers_HaveCopiesOfWhatIsOnTheHub(string input, string output, string workers, long bytes)
    {
        var needs = RunDiskNeeds.Of(
            Options(new CommandLine("--input", input, "--output", output, "--local-workers", workers)), isLedgerHere: true,
            Files, 0, "/models");

        Assert.Equal(bytes, needs.Single(need => need.What.Contains("local worker", StringComparison.Ordinal)).Bytes);
    }

    [Fact]
    public void Of_ModelStillToBeFetched_IsCountedInTheCache() =>
        Assert.Equal(438, Needs(new CommandLine())["/models"]);

    [Fact]
    public void Of_LedgerInADatabase_NeedsNoRoomInTheRunsFolder() => Assert.DoesNotContain(
        RunDiskNeeds.Of(
            Options(new CommandLine("--run", "/run", "--output", "/out")), isLedgerHere: false, Files, 0, "/models"),
        need => need.Folder == "/run");

    [Fact]
    public void OfOtherMachine_IsFiveInputsAndAShard() =>
        Assert.Equal(1009 + 1008 + 1007 + 1006 + 1005 + 1009, RunDiskNeeds.OfOtherMachine(Files));

    private static Dictionary<string, long> Needs(CommandLine arguments, IReadOnlyList<FileRecord>? files = null) =>
        RunDiskNeeds.Of(Options(arguments), isLedgerHere: true, files ?? Files, 438, "/models")
            .ToDictionary(need => need.Folder, need => need.Bytes);

    private static RunOptions Options(CommandLine arguments) => arguments.Parse();
}

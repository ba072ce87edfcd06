using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Tests.Ledger;

public class RecordsTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Contains_WindowsFromTheFirstUpToTheEnd(int window, bool expected) =>
        Assert.Equal(expected, new WindowRange(2, 4).Contains(window));

    [Theory]
    [InlineData(0, 2, false)]
    [InlineData(0, 3, true)]
    [InlineData(3, 9, true)]
    [InlineData(4, 9, false)]
    public void Overlaps_OneWindowIsEnough_NeighboursShareNone(int first, int end, bool expected)
    {
        var (one, other) = (new WindowRange(2, 4), new WindowRange(first, end));

        Assert.Equal((expected, expected), (one.Overlaps(other), other.Overlaps(one)));
        Assert.Equal((2, "[2, 4)"), (one.Count, one.ToString()));
    }

    [Theory]
    [InlineData("/home/someone/secret/edu-tiny", "", "edu-tiny")]
    [InlineData("/home/someone/cache", "5f1c", "a/model")]
    public void PublicName_SaysNothingOfTheMachine(string path, string revision, string expected) =>
        Assert.Equal(expected, (Runs.Model with { Path = path, Revision = revision }).PublicName);

    [Theory]
    [InlineData("/home/someone/secret/0.parquet", "0.parquet")]
    [InlineData("hf://datasets/alice/web@5f1c/0.parquet", "hf://datasets/alice/web@5f1c/0.parquet")]
    public void Origin_OnTheHubIsWhole_HereWithoutTheMachine(string path, string expected) =>
        Assert.Equal(expected, Runs.File(0, 10, path).Origin);
}

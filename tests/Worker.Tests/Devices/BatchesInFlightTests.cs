using FineWebTorch.Worker.Devices;
using Choice = FineWebTorch.Worker.Devices.BatchesInFlight.Choice;

namespace FineWebTorch.Worker.Tests.Devices;

public sealed class BatchesInFlightTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("inflight-").FullName;

    private string File => Path.Combine(_folder, "cache", "devices.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2000, 2)]
    [InlineData(50, 2)]
    [InlineData(25, 3)]
    [InlineData(10, 6)]
    [InlineData(1, 8)]
    [InlineData(0, 8)]
    public void Number_LetsTheDeviceOutlastAHoldUpOfTheHost(int deviceMilliseconds, int expected)
    {
        var inFlight = new BatchesInFlight(Choice.First, _ => { });
        Measure(inFlight, deviceMilliseconds);
        Assert.Equal(expected, inFlight.Current);
    }

    [Fact]
    public void SlowFirstBatches_DoNotCount()
    {
        var inFlight = new BatchesInFlight(Choice.First, _ => { });
        for (var i = 0; i < 3; i++)
            inFlight.Measured(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9));
        Measure(inFlight, 25, times: 5);
        Assert.Equal(3, inFlight.Current);
    }

    [Fact]
    public void Measuring_BeforeEnoughBatches_ChangesNothing()
    {
        var inFlight = new BatchesInFlight(Choice.First, _ => Assert.Fail("nothing is known yet"));
        Measure(inFlight, 1, times: 7);
        Assert.Equal(2, inFlight.Current);
    }

    [Fact]
    public void Memory_ThatRanOut_BoundsWhatIsMeasuredLater()
    {
        var inFlight = new BatchesInFlight(Choice.First, _ => { });
        inFlight.Exhausted(1);
        Measure(inFlight, 1);
        Assert.Equal(1, inFlight.Current);
    }

    [Fact]
    public void Cpu_HasOneBatch_WhateverIsMeasured()
    {
        Measure(BatchesInFlight.One, 1);
        BatchesInFlight.One.Exhausted(3);
        Assert.Equal(1, BatchesInFlight.One.Current);
    }

    [Fact]
    public void Choice_IsRemembered_ForItsDeviceAndModelAlone()
    {
        Measure(new InFlightMemory(File).For("gpu a"), 10);
        new InFlightMemory(File).For("gpu b").Exhausted(1);

        Assert.Equal(6, new InFlightMemory(File).For("gpu a").Current);
        Assert.Equal(1, new InFlightMemory(File).For("gpu b").Current);
        Assert.Equal(2, new InFlightMemory(File).For("gpu c").Current);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"gpu": null}""")]
    [InlineData("""{"gpu": {"batches": "many"}}""")]
    [InlineData("""{"gpu": {"batches": 0, "limit": 8}}""")]
    [InlineData("""{"gpu": {"batches": 9, "limit": 8}}""")]
    [InlineData("""{"gpu": {"batches": 5, "limit": 1000000}}""")]
    public void File_Damaged_IsAsIfItWereNotThere(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);
        var inFlight = new InFlightMemory(File).For("gpu");
        Assert.Equal(2, inFlight.Current);
        Measure(inFlight, 10);
        Assert.Equal(6, new InFlightMemory(File).For("gpu").Current);
    }

    [Fact]
    public void Folder_ThatCannotBeWritten_StopsNothing()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "cache"), "a file where the folder should be");
        var inFlight = new InFlightMemory(File).For("gpu");
        Measure(inFlight, 10);
        Assert.Equal(6, inFlight.Current);
    }

    private static void Measure(BatchesInFlight inFlight, int deviceMilliseconds, int times = 8)
    {
        for (var i = 0; i < times; i++)
            inFlight.Measured(TimeSpan.Zero, TimeSpan.FromMilliseconds(deviceMilliseconds));
    }
}

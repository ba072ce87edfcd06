using FineWebTorch.Coordinator.Reports;
using static FineWebTorch.Coordinator.Tests.Reporting.ReportSample;

namespace FineWebTorch.Coordinator.Tests.Reporting;

public sealed class RunWorkTests
{
    [Fact]
    public void Work_OfNobody_IsNothing()
    {
        var work = new RunWork([]);

        Assert.Equal((0L, TimeSpan.Zero, TimeSpan.Zero), (work.Rows, work.Time, work.WorkerTime));
        Assert.Null(work.First);
        Assert.Null(work.Last);
        Assert.Empty(work.Course());
    }

    [Fact]
    public void Time_LeavesOutWhatNobodyWorked()
    {
        // Two at once, one after a short pause, and a fourth after a night.
        var work = new RunWork([
            Worked(0, "a", 10, 0, 30), Worked(1, "b", 10, 20, 60), Worked(2, "a", 10, 65, 70),
            Worked(3, "b", 10, 600, 620)]);

        Assert.Equal(TimeSpan.FromMinutes(70 + 20), work.Time);
        // The pause of a is too long, that of b as well.
        Assert.Equal(TimeSpan.FromMinutes(30 + 5 + 40 + 20), work.WorkerTime);
        Assert.Equal(TimeSpan.FromMinutes(620), work.Last - work.First);
    }

    [Fact]
    public void Devices_AreThoseOfAllWorkers()
    {
        var work = new RunWork([
            Worked(0, "a", 10, 0, 30, "CPU"), Worked(1, "b", 100, 0, 30, "GPU"), Worked(2, "c", 50, 0, 15, "GPU")]);

        Assert.Equal(
            [new DeviceWork("GPU", 2, 150, TimeSpan.FromMinutes(45)),
                new DeviceWork("CPU", 1, 10, TimeSpan.FromMinutes(30))],
            work.Devices);
    }

    [Fact]
    public void Course_HasAsManyRowsAsWereScored()
    {
        // One at a single moment, as a file of one batch is; one at the very end.
        var work = new RunWork([
            Worked(0, "a", 6_000, 0, 60), Worked(1, "b", 1_000, 30, 30), Worked(2, "b", 500, 60, 60),
            Worked(3, "b", 300, 10, 20)]);

        var course = work.Course();

        Assert.Equal(120, course.Count);
        Assert.Equal(7_800, course.Sum() * 30, 1e-6);
        Assert.Equal(6_000 / 3_600.0, course[10], 1e-9);
        Assert.True(course[60] > 30);
    }

    [Fact]
    public void Course_OfAFewSeconds_IsNotTold() => Assert.Empty(new RunWork([Worked(0, "a", 100, 0, 0.3)]).Course());
}

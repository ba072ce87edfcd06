using FineWebTorch.Coordinator.Scheduling;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>When a worker is set aside.</summary>
public sealed class WorkerHealthTests
{
    private static readonly FailedAttempt Unknown = new("w", "worker", "it fell over");

    private readonly WorkerHealth _health = new();

    [Fact]
    public void ThreeInARow_OnSeveralFiles_AreTheWorkers()
    {
        Assert.Null(_health.NoteFailure(0, Unknown));
        Assert.Null(_health.NoteFailure(1, Unknown));
        Assert.Equal("3 failures in a row, the last: it fell over", _health.NoteFailure(0, Unknown));
    }

    [Fact]
    public void ThreeInARow_OnOneFile_MayBeTheFiles()
    {
        for (var i = 0; i < 5; i++)
            Assert.Null(_health.NoteFailure(0, Unknown));
    }

    [Fact]
    public void Failures_WithSuccessInBetween_AreNoRow()
    {
        for (var file = 0; file < 10; file++)
        {
            Assert.Null(_health.NoteFailure(file, Unknown));
            _health.NoteSuccess();
        }
    }

    [Fact]
    public void Failures_OnAFileThatWasAtFault_DoNotCount()
    {
        _health.NoteFailure(0, Unknown);
        _health.NoteFailure(0, Unknown);
        _health.Absolve(0);
        Assert.Null(_health.NoteFailure(1, Unknown));
    }

    [Fact]
    public void DeviceError_IsEnough() => Assert.Equal(
        "its device has failed: it fell over", _health.NoteFailure(0, Unknown with { Fault = Fault.Device }));

    [Fact]
    public void Refuted_Twice_IsEnough()
    {
        Assert.Null(_health.NoteRefuted(Unknown));
        Assert.Equal(
            "failed on 2 files that others then did, the last time: it fell over", _health.NoteRefuted(Unknown));
    }

    [Fact]
    public void Refuted_NowAndThenOverDays_IsNot()
    {
        for (var day = 0; day < 20; day++)
        {
            Assert.Null(_health.NoteRefuted(Unknown));
            for (var lease = 0; lease < 9; lease++)
                _health.NoteDone();
        }
    }

    /// <summary>Other machines, and the coordinator, look at what is said to be a file's or a full disk's.</summary>
    [Fact]
    public void FailuresOfFilesAndOfTheOutput_AreNoRow()
    {
        for (var file = 0; file < 5; file++)
        {
            Assert.Null(_health.NoteFailure(file, Unknown with { Fault = Fault.File }));
            Assert.Null(_health.NoteFailure(file, Unknown with { Fault = Fault.OutputDisk }));
        }

        Assert.Null(_health.NoteFailure(0, Unknown));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Refuted_IsForgottenAfterTenLeases(int doneBetween, bool quarantined)
    {
        _health.NoteRefuted(Unknown);
        for (var lease = 0; lease < doneBetween; lease++)
            _health.NoteDone();

        Assert.Equal(quarantined, _health.NoteRefuted(Unknown) is not null);
    }

    [Fact]
    public void HasSucceeded_OnlyOnceSomethingGotDone()
    {
        _health.NoteDone();
        Assert.False(_health.HasSucceeded);

        _health.NoteSuccess();
        Assert.True(_health.HasSucceeded);
    }
}

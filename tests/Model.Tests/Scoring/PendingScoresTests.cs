using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Tests.Scoring;

[SuppressMessage("Usage", "CA2201", Justification = "The type that libtorch's errors have.")]
public class PendingScoresTests
{
    [Fact]
    public void Outcome_IsCollectedOnce_AndTheSameForAllWhoWait()
    {
        var batch = new Batch { IsReady = true };

        var first = batch.Wait();

        Assert.Same(first, batch.Wait());
        Assert.Equal(1, batch.Collected);
        Assert.Equal([1.5f], first.Scores);
    }

    [Fact]
    public void Device_IsNotAskedAgain_OnceTheOutcomeIsKnown()
    {
        var batch = new Batch();
        Assert.False(batch.IsCompleted);
        batch.Wait();
        var asked = batch.Asked;

        Assert.True(batch.IsCompleted);

        Assert.Equal(asked, batch.Asked);
    }

    /// <summary>
    /// One thread settles a batch, and with it lets go of the device's events, while another asks whether it is done:
    /// the question neither waits nor reaches the device.
    /// </summary>
    [Fact]
    public async Task Question_WhileAnotherThreadWaits_NeitherWaitsNorReachesTheDevice()
    {
        using var isCollecting = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        var batch = new Batch
        {
            OnCollect = () =>
            {
                isCollecting.Set();
                mayEnd.Wait(TestContext.Current.CancellationToken);
            },
        };
        var waiting = Task.Run(batch.Wait, TestContext.Current.CancellationToken);
        isCollecting.Wait(TestContext.Current.CancellationToken);

        Assert.False(batch.IsCompleted);
        Assert.Equal(0, batch.Asked);

        mayEnd.Set();
        Assert.Equal(1.5f, Assert.Single((await waiting).Scores));
        Assert.True(batch.IsCompleted);
        Assert.Equal(0, batch.Asked);
    }

    [Fact]
    public async Task Threads_ThatWaitAndAskAtOnce_SeeOneOutcome()
    {
        for (var round = 0; round < 200; round++)
        {
            var batch = new Batch { IsReady = round % 2 == 0 };
            var waits = Enumerable.Range(0, 4).Select(_ => Task.Run(
                () => batch.IsCompleted ? batch.Wait() : batch.Wait(), TestContext.Current.CancellationToken));
            var outcomes = await Task.WhenAll(waits);
            Assert.All(outcomes, outcome => Assert.Same(outcomes[0], outcome));
            Assert.Equal((1, false), (batch.Collected, batch.WasAskedAfterwards));
        }
    }

    [Fact]
    public void Failure_IsThrownToEachWhoWaits()
    {
        var batch = new Batch { OnCollect = () => throw new ExternalException("CUDA error: unspecified launch failure") };

        Assert.Throws<DeviceFailedException>(batch.Wait);
        Assert.Throws<DeviceFailedException>(batch.Wait);

        Assert.True(batch.IsCompleted);
        Assert.Equal(1, batch.Collected);
    }

    [Fact]
    public void Question_ThatFails_LeavesTheWordToWait()
    {
        var batch = new Batch
        {
            OnAsk = () => throw new ExternalException("cuEventQuery failed with CUDA error 700"),
            OnCollect = () => throw new ExternalException("cuEventSynchronize failed with CUDA error 700"),
        };
        Assert.True(batch.IsCompleted);
        Assert.Contains("700", Assert.Throws<DeviceFailedException>(batch.Wait).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Completed_HasItsScores()
    {
        var pending = PendingScores.Completed([2, 3]);
        Assert.True(pending.IsCompleted);
        Assert.Equal([2, 3], pending.Wait().Scores);
        Assert.Null(pending.Wait().DeviceTime);
    }

    private sealed class Batch : PendingScores
    {
        public bool IsReady { get; init; }

        public Action OnAsk { get; init; } = () => { };

        public Action OnCollect { get; init; } = () => { };

        public int Asked { get; private set; }

        public int Collected { get; private set; }

        public bool WasAskedAfterwards { get; private set; }

        protected override bool IsDone
        {
            get
            {
                Asked++;
                WasAskedAfterwards |= Collected > 0;
                OnAsk();
                return IsReady;
            }
        }

        protected override ComputedScores Collect()
        {
            Collected++;
            OnCollect();
            return new ComputedScores([1.5f]);
        }
    }
}

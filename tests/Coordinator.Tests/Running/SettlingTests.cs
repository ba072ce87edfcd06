using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A CPU that comes first does not bind the GPUs that follow.</summary>
public sealed class SettlingTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    [Fact]
    public void Run_CpuThenGpuInTime_ComputesAsTheGpuDoesAndTheCpuIsToldWhatWouldSuit()
    {
        using var run = CoreHarness.Settling(Settle, 8);
        var cpu = run.JoinIdle("cpu");
        Assert.Equal(Dtype.Unspecified, cpu.Welcome.Run.Dtype);
        Assert.Empty(cpu.ScoreLeases);
        Assert.Contains(run.Events, happened => happened is RunEvent.Settling { Worker: "cpu", Seconds: 20 });
        Assert.Equal(Settle, run.Core.Snapshot(run.Now).Settling);

        var gpu = JoinGpu(run);
        run.Request(gpu);

        // Nothing better can come: nobody waits any longer.
        Assert.Equal((Dtype.Fp16, 65536U), (gpu.Welcome.Run.Dtype, gpu.Welcome.Run.TokenBudget));
        Assert.Single(gpu.ScoreLeases);
        Assert.Contains("--dtype fp32", cpu.Rejection!.Reason, StringComparison.Ordinal);
        Assert.True(cpu.IsClosed);
        Assert.Null(run.Core.Snapshot(run.Now).Settling);
    }

    [Fact]
    public void Run_NoGpuInTime_BeginsWithWhoIsThere()
    {
        using var run = CoreHarness.Settling(Settle, 8);
        var cpu = run.JoinIdle("cpu");
        run.Wait(Settle / 2);
        run.Say(cpu, new WorkerMessage { Heartbeat = new Heartbeat() });
        Assert.Empty(cpu.ScoreLeases);

        run.Wait(Settle / 2);

        Assert.Equal((Dtype.Fp32, 4096U), (cpu.Welcome.Run.Dtype, cpu.Welcome.Run.TokenBudget));
        Assert.Single(cpu.ScoreLeases);
        Assert.NotNull(JoinGpu(run).Welcome);
    }

    [Fact]
    public void Run_SettledBeforeARestart_DoesNotWaitAgain()
    {
        using var run = CoreHarness.Settling(Settle, 8);
        run.JoinIdle("cpu");
        run.Wait(Settle);

        run.Restart();

        Assert.Single(run.JoinIdle("another cpu").ScoreLeases);
    }

    [Fact]
    public void Run_WithoutSettling_IsBoundByTheFirst()
    {
        using var run = new CoreHarness(8);

        Assert.Single(run.JoinIdle("cpu").ScoreLeases);
    }

    private static FakeSession JoinGpu(CoreHarness run) => run.Join("gpu", hello =>
    {
        hello.DeviceKind = "cuda";
        hello.Dtypes.Add(Dtype.Fp16);
    });
}

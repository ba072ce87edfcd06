using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Who may take part in a run, and what it would settle.</summary>
public sealed class AdmissionTests
{
    [Theory]
    [InlineData(Dtype.Fp32, 1, true)]
    [InlineData(Dtype.Fp32, 0, false)]
    [InlineData(Dtype.Unspecified, 1, false)]
    [InlineData(Dtype.Unspecified, 0, false)]
    public void Run_IsSettledWhereNothingIsOpen(Dtype dtype, int budget, bool isSettled) => Assert.Equal(
        isSettled, Admission.IsSettled(Runs.Run(Runs.Spec with { Dtype = dtype, TokenBudget = budget })));

    [Theory]
    [InlineData("cpu", false, 0)]
    [InlineData("cpu", true, 1)]
    [InlineData("cuda", false, 2)]
    [InlineData("cuda", true, 3)]
    public void Rank_IsTheDevicesFirst(string device, bool hasHalf, int rank)
    {
        var hello = Hello(device, hasHalf ? [Dtype.Fp32, Dtype.Fp16] : [Dtype.Fp32]);

        Assert.Equal(rank, Admission.Rank(hello));
        Assert.Equal(rank == 3, Admission.IsBest(hello));
    }

    [Theory]
    [InlineData("cpu", true, Dtype.Fp32, 4096)]
    [InlineData("cuda", true, Dtype.Fp16, 65_536)]
    [InlineData("cuda", false, Dtype.Fp32, 65_536)]
    public void Settle_WhatIsOpenIsWhatSuitsTheWorker(string device, bool hasHalf, Dtype dtype, int budget)
    {
        var hello = Hello(device, hasHalf ? [Dtype.Fp32, Dtype.Fp16] : [Dtype.Fp32]);

        var open = Admission.Settle(Runs.Run(), hello);
        var given = Admission.Settle(Runs.Run(Runs.Spec with { Dtype = Dtype.Bf16, TokenBudget = 77 }), hello);

        Assert.Equal((dtype, budget), (open.Dtype, open.TokenBudget));
        Assert.Equal((Dtype.Bf16, 77), (given.Dtype, given.TokenBudget));
    }

    [Fact]
    public void Refuse_WorkerThatFits_IsNotDone() => Assert.Null(Admission.Refuse(Hello("cpu", Dtype.Fp32), Runs.Run()));

    [Fact]
    public void Refuse_OtherVersion_NamesBoth()
    {
        var hello = Hello("cpu", Dtype.Fp32);
        hello.ProgramVersion = "9.9";

        var refusal = Admission.Refuse(hello, Runs.Run())!;

        Assert.True(refusal.Permanent);
        Assert.Equal(
            $"worker has version 9.9, the coordinator {ProgramVersion.Current}; install the same version on both",
            refusal.Reason);
    }

    [Theory]
    [InlineData(Dtype.Bf16, "bf16", "")]
    [InlineData(Dtype.Fp16, "fp16", ", and this run takes GPUs")]
    public void Refuse_WithoutThePrecision_SaysWhatWouldSuit(Dtype dtype, string name, string what)
    {
        var run = Runs.Run(Runs.Spec with { Dtype = dtype });
        var hello = Hello("cpu", Dtype.Fp32);
        hello.DeviceName = "A processor";

        Assert.Equal(
            $"this run computes in {name}, which cpu (A processor) does not do well; it would take part in a run with " +
            $"--dtype fp32{what}",
            Admission.Refuse(hello, run)!.Reason);
        hello.Dtypes.Add(dtype == Dtype.Bf16 ? Dtype.Fp16 : Dtype.Bf16);
        Assert.Contains("--dtype fp32 or ", Admission.Refuse(hello, run)!.Reason, StringComparison.Ordinal);
        hello.Dtypes.Add(dtype);
        Assert.Null(Admission.Refuse(hello, run));
    }

    [Fact]
    public void Refuse_HelloThatNoWorkerSays_SaysWhatIsWrongWithIt()
    {
        var hello = Hello("cpu", Dtype.Fp32);
        (hello.WorkerId, hello.ProgramVersion) = ("", "9.9");

        Assert.Equal("Hello has no worker_id", Admission.Refuse(hello, Runs.Run())!.Reason);
    }

    private static Hello Hello(string device, params Dtype[] dtypes) => new()
    {
        WorkerId = "w",
        Name = "w",
        ProgramVersion = ProgramVersion.Current,
        DeviceKind = device,
        Dtypes = { dtypes },
    };
}

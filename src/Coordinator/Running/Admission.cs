using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Which workers may take part in a run, and which of them settles what its options leave open.</summary>
internal static class Admission
{
    /// <returns>Why the worker cannot take part; null where it can.</returns>
    public static Rejection? Refuse(Hello hello, RunRecord run)
    {
        var dtype = Settle(run, hello).Dtype;
        var reason = Fault(hello, dtype);
        return reason is null ? null : new Rejection { Reason = reason, Permanent = true };
    }

    /// <summary>Nothing is left open.</summary>
    public static bool IsSettled(RunRecord run) => run.Dtype != Dtype.Unspecified && run.TokenBudget > 0;

    /// <summary>Whoever has the highest settles what is open.</summary>
    public static int Rank(Hello hello) => (hello.DeviceKind != "cpu" ? 2 : 0) + (hello.Dtypes.Contains(Dtype.Fp16) ? 1 : 0);

    /// <summary>No other worker would settle it better.</summary>
    public static bool IsBest(Hello hello) => Rank(hello) == 3;

    /// <summary>Precision and token budget that the run's options leave open are those that suit a worker.</summary>
    public static RunRecord Settle(RunRecord run, Hello hello) => run with
    {
        Dtype = run.Dtype == Dtype.Unspecified ? Choose(hello) : run.Dtype,
        TokenBudget = (run.TokenBudget, hello.DeviceKind) switch
        {
            ( > 0, _) => run.TokenBudget,
            (_, "cpu") => ComputeDevice.TokenBudgetOfCpu,
            _ => ComputeDevice.TokenBudgetOfGpu,
        },
    };

    private static string? Fault(Hello hello, Dtype dtype) => hello switch
    {
        _ when MessageChecks.FaultOf(hello) is { } fault => fault,
        _ when hello.ProgramVersion != ProgramVersion.Current =>
            $"worker has version {hello.ProgramVersion}, the coordinator {ProgramVersion.Current}; " +
            "install the same version on both",
        _ when !hello.Dtypes.Contains(dtype) =>
            $"this run computes in {Dtypes.Name(dtype)}, which {hello.DeviceKind} ({hello.DeviceName}) " +
            $"does not do well; it would take part in a run with --dtype " +
            string.Join(" or ", hello.Dtypes.Select(Dtypes.Name)) + What(dtype),
        _ => null,
    };

    private static string What(Dtype dtype) => dtype == Dtype.Fp16 ? ", and this run takes GPUs" : "";

    private static Dtype Choose(Hello hello) =>
        hello.DeviceKind != "cpu" && hello.Dtypes.Contains(Dtype.Fp16) ? Dtype.Fp16 : Dtype.Fp32;
}

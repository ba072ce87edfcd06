using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Which workers may take part in a run, and what the first of them settles.</summary>
internal static class Admission
{
    /// <returns>Why the worker cannot take part; null where it can.</returns>
    public static Rejection? Refuse(Hello hello, RunRecord run)
    {
        var dtype = Settle(run, hello).Dtype;
        var reason = Fault(hello, dtype);
        return reason is null ? null : new Rejection { Reason = reason, Permanent = true };
    }

    /// <summary>Precision and token budget that the run's options leave open are those of its first worker.</summary>
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
        { WorkerId.Length: 0 } => "Hello has no worker_id",
        _ when hello.ProgramVersion != ProgramVersion.Current =>
            $"worker has version {hello.ProgramVersion}, the coordinator {ProgramVersion.Current}; " +
            "install the same version on both",
        _ when !hello.Dtypes.Contains(dtype) =>
            $"this run computes in {Dtypes.Name(dtype)}, which {hello.DeviceKind} ({hello.DeviceName}) " +
            $"does not do well; it offers {string.Join(", ", hello.Dtypes.Select(Dtypes.Name))}",
        _ => null,
    };

    private static Dtype Choose(Hello hello) =>
        hello.DeviceKind != "cpu" && hello.Dtypes.Contains(Dtype.Fp16) ? Dtype.Fp16 : Dtype.Fp32;
}

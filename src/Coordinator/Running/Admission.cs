using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Which workers may take part in a run, and what the first of them settles.</summary>
internal static class Admission
{
    /// <summary>
    /// Such that a batch of a BERT-base model takes under 5 s on two cores: within that a worker is to end once told.
    /// </summary>
    private const int TokenBudgetOnCpu = 4096;

    /// <summary>About 20 ms and 1 GB of memory for BERT-base on an H100.</summary>
    private const int TokenBudgetOnGpu = 65536;

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
            (_, "cpu") => TokenBudgetOnCpu,
            _ => TokenBudgetOnGpu,
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

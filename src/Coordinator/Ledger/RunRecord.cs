using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>What a run is, as the ledger keeps it.</summary>
/// <param name="Options">The options that a run may not change, by their names on the command line.</param>
/// <param name="Dtype">Unspecified until the first worker fixes it.</param>
/// <param name="TokenBudget">0 until the first worker fixes it.</param>
internal sealed record RunRecord(
    string RunId,
    IReadOnlyDictionary<string, string> Options,
    ModelRecord Model,
    Dtype Dtype,
    int TokenBudget,
    string ProgramVersion);

using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// What a shard says of itself in its key-value metadata: what belongs to the run, and nothing that could differ
/// between two machines or two days.
/// </summary>
internal static class ShardProvenance
{
    public static Dictionary<string, string> Create(RunRecord run, RunSpec spec, FileRecord file) =>
        new(StringComparer.Ordinal)
        {
            ["fineweb.model"] = run.Model.Id,
            ["fineweb.model_revision"] = run.Model.Revision,
            ["fineweb.model_sha256"] = run.Model.Digest,
            ["fineweb.dtype"] = Dtypes.Name(run.Dtype),
            ["fineweb.keep"] = KeepRules.Name(spec.Keep),
            ["fineweb.input"] = file.Origin,
            ["fineweb.input_sha256"] = file.Sha256 ?? "",
            ["fineweb.program_version"] = run.ProgramVersion,
        };
}

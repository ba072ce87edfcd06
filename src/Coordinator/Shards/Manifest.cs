using System.Text.Json;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Where a shard comes from: what lies beside it as JSON.</summary>
/// <param name="NumericClasses">Rows by numeric class; with more than one, the last bits of scores are mixed.</param>
internal sealed record Manifest(
    string Shard,
    long Size,
    string Sha256,
    Manifest.InputPart Input,
    long Rows,
    long RowsKept,
    long RowsUnscorable,
    long Tokens,
    Manifest.ModelPart Model,
    string Dtype,
    int TokenBudget,
    int WindowRows,
    string Keep,
    string ProgramVersion,
    IReadOnlyDictionary<string, long> NumericClasses,
    IReadOnlyList<string> Warnings)
{
    public static Manifest Create(
        RunRecord run, RunSpec spec, ShardRecord shard, ShardTicket ticket) => new(
        shard.Name,
        shard.Size,
        shard.Sha256,
        new InputPart(ticket.File.Origin, ticket.File.Size, ticket.File.Sha256, ticket.File.Rows),
        shard.RowsIn,
        shard.RowsKept,
        shard.RowsUnscorable,
        ticket.Tokens,
        new ModelPart(run.Model.Id, run.Model.Revision, run.Model.Digest),
        Dtypes.Name(run.Dtype),
        run.TokenBudget,
        spec.WindowRows,
        spec.Keep.ToString(),
        run.ProgramVersion,
        new SortedDictionary<string, long>(new Dictionary<string, long>(ticket.RowsByClass), StringComparer.Ordinal),
        shard.Warnings);

    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, RunSummary.IndentedJson), (byte)'\n'];

    /// <param name="Rows">In the whole file, also where the run takes only the first of them.</param>
    internal sealed record InputPart(string Name, long Size, string? Sha256, long Rows);

    internal sealed record ModelPart(string Id, string Revision, string Sha256);
}

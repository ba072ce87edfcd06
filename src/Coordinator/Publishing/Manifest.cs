using System.Text.Json;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Publishing;

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
    /// <summary>Rows without a score by their reason; null where there are none.</summary>
    public IReadOnlyDictionary<string, long>? UnscorableReasons { get; init; }

    /// <summary>Who has scored the rows, in the order in which they began.</summary>
    public required IReadOnlyList<WorkerPart> Workers { get; init; }

    /// <summary>When the first score came, in UTC.</summary>
    public DateTime? FirstScore { get; init; }

    public DateTime? LastScore { get; init; }

    /// <summary>When the shard was handed over, in UTC.</summary>
    public required DateTime Built { get; init; }

    /// <param name="file">That has its shard.</param>
    /// <param name="path">Of the shard, as it is published.</param>
    public static Manifest Of(RunCore core, StoredFile file, string path) => Create(
        core.Run, core.Spec, file.Shard! with { Name = path }, ShardTicket.Of(file));

    public static Manifest Create(
        RunRecord run, RunSpec spec, ShardRecord shard, ShardTicket ticket)
    {
        return new Manifest(
            shard.Name,
            shard.Size,
            shard.Sha256,
            new InputPart(ticket.File.Origin, ticket.File.Size, ticket.File.Sha256, ticket.File.Rows),
            shard.RowsIn,
            shard.RowsKept,
            shard.RowsUnscorable,
            ticket.Tokens,
            new ModelPart(run.Model.PublicName, run.Model.Revision, run.Model.Digest),
            Dtypes.Name(run.Dtype),
            run.TokenBudget,
            spec.WindowRows,
            spec.Keep.ToString(),
            run.ProgramVersion,
            RowClasses.Computed(ticket.RowsByClass),
            shard.Warnings)
        {
            UnscorableReasons = RowClasses.Reasons(ticket.RowsByClass),
            Workers = [.. ticket.Work.Select(work => new WorkerPart(
                work.Worker, work.Device, work.Rows, work.First.UtcDateTime, work.Last.UtcDateTime))],
            FirstScore = ticket.Work.Count == 0 ? null : ticket.Work.Min(work => work.First).UtcDateTime,
            LastScore = ticket.Work.Count == 0 ? null : ticket.Work.Max(work => work.Last).UtcDateTime,
            Built = ticket.Built.UtcDateTime,
        };
    }

    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, RunSummary.IndentedJson), (byte)'\n'];

    /// <param name="Rows">In the whole file, also where the run takes only the first of them.</param>
    internal sealed record InputPart(string Name, long Size, string? Sha256, long Rows);

    internal sealed record ModelPart(string Id, string Revision, string Sha256);

    /// <param name="Name">Host and device.</param>
    internal sealed record WorkerPart(string Name, string Device, long Rows, DateTime FirstScore, DateTime LastScore);
}

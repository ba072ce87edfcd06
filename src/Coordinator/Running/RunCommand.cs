using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>What others ask of the loop that owns a run's state.</summary>
internal abstract record RunCommand
{
    private RunCommand()
    {
    }

    public sealed record Received(IWorkerSession Session, WorkerMessage Message) : RunCommand;

    /// <summary>What came was not worth keeping: the session is to end.</summary>
    public sealed record Broken(IWorkerSession Session, string Fault) : RunCommand;

    public sealed record SessionEnded(IWorkerSession Session) : RunCommand;

    /// <summary>What a person asks. Answered when the ledger has it.</summary>
    public sealed record Control(ControlRequest Request, TaskCompletionSource<ControlAnswer> Answer) : RunCommand;

    /// <summary>Time has passed; nothing else.</summary>
    public sealed record Tick : RunCommand;

    /// <summary>How the run stands; answered by the loop itself.</summary>
    public sealed record Look(TaskCompletionSource<RunSnapshot> Answer) : RunCommand;

    /// <summary>As <see cref="Look"/>, at any part of the run: must take a bounded time, and change nothing.</summary>
    public sealed record Inspect(Action<RunCore> Inspection) : RunCommand;

    /// <summary>Give no more work out and ask everyone to give theirs back.</summary>
    public sealed record Drain : RunCommand;

    /// <param name="MayPass">The failure to read is this machine's, not the file's.</param>
    public sealed record DigestRead(int File, string? Sha256, string? Error, bool MayPass = false) : RunCommand;

    /// <summary>A worker process of this machine has ended without a word: nobody need wait for it.</summary>
    public sealed record ProcessEnded(int ProcessId) : RunCommand;

    /// <summary>
    /// Which file a build lease is or was for; answered none where the lease is not valid, or not of this session.
    /// </summary>
    /// <param name="Session">Its secret; the answer is an <see cref="UnknownSessionException"/> where it is none.</param>
    public sealed record FindBuild(Secret Session, ulong Fence, TaskCompletionSource<FoundBuild> Answer) : RunCommand;

    /// <summary>An input whose bytes a worker wants; answered null where it holds no lease on it.</summary>
    /// <param name="Session">As of <see cref="FindBuild"/>.</param>
    /// <param name="Input">Null for a file of the model: these are for everyone in session, and answered null.</param>
    public sealed record FindReader(Secret Session, uint? Input, TaskCompletionSource<FileRecord?> Answer) : RunCommand;

    /// <summary>A shard has arrived whole. Answered when the ledger knows it.</summary>
    public sealed record PrepareShard(ShardRecord Shard, TaskCompletionSource<PreparedShard> Answer) : RunCommand;

    /// <summary>It lies in its place, or (with a reason) could not be brought there.</summary>
    public sealed record FinishShard(int File, string? Error, TaskCompletionSource Answer) : RunCommand;

    /// <summary>Shards have been, or are about to be, committed. Answered when the ledger knows it.</summary>
    public sealed record NotePublication(IReadOnlyList<LedgerChange> Changes, TaskCompletionSource Answer) : RunCommand;
}

/// <summary>A call beside the Work stream came without the secret of a session that lasts.</summary>
internal sealed class UnknownSessionException()
    : Exception("the call belongs to no session that lasts; a new one begins with Hello");

/// <summary>What the run has to say to whoever builds a shard or hands one over.</summary>
/// <param name="File">The input that it is made of.</param>
/// <param name="Delivered">The shard that came under this lease before; null while there is none.</param>
/// <param name="RowsByClass">Rows of the file by the numeric class that scored them.</param>
/// <param name="Tokens">Of the file, with [CLS] and [SEP].</param>
internal sealed record ShardTicket(
    FileRecord File,
    ShardRecord? Delivered,
    IReadOnlyDictionary<string, long> RowsByClass,
    long Tokens)
{
    /// <summary>Of a file that has had its shard: the ledger has it all.</summary>
    public static ShardTicket Of(StoredFile file) => new(
        file.Record, file.Shard, (file.Totals?.RowsByClass ?? []).ToDictionary(StringComparer.Ordinal),
        file.Totals?.Tokens ?? 0)
    {
        Work = file.Work,
        Built = file.Shard?.Built ?? default,
    };

    /// <summary>The <see cref="Refusal"/> of a shard that is there already.</summary>
    public const string Late = "another worker was first to hand this shard over";

    /// <summary>Why nothing is taken under this lease; null where it is valid.</summary>
    public string? Refusal { get; init; }

    /// <summary>Who has scored the file.</summary>
    public IReadOnlyList<WorkRecord> Work { get; init; } = [];

    /// <summary>Of another build lease on the same shard, whose worker was not first; null where there was none.</summary>
    public ulong? Second { get; init; }

    /// <summary>Of the lease; nothing where it is not traced.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>When the shard was handed over.</summary>
    public DateTimeOffset Built { get; init; }
}

/// <summary>What became of a build lease: at most one of the two.</summary>
/// <param name="Open">The worker holds it.</param>
/// <param name="Done">The file that has got a shard; perhaps under this lease, which the ledger knows.</param>
internal readonly record struct FoundBuild(ShardTicket? Open, int? Done);

/// <summary>Whether a shard may go to its place.</summary>
/// <param name="Ticket">Null where it may not.</param>
/// <param name="Refusal">Why not.</param>
internal readonly record struct PreparedShard(ShardTicket? Ticket, string? Refusal);

using System.Security.Cryptography;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The run and its leases in the protocol's words.</summary>
internal static class Messages
{
    public static CoordinatorMessage RunOver { get; } = new() { RunOver = new RunOver() };

    public static CoordinatorMessage Drain { get; } = new() { Drain = new Drain() };

    public static CoordinatorMessage Allowed { get; } = new() { Allowed = new Allowed() };

    public static CoordinatorMessage Quarantined(string reason) =>
        new() { Quarantined = new Quarantined { Reason = reason } };

    /// <summary>To one worker.</summary>
    public static CoordinatorMessage Leave(string reason) =>
        new() { Drain = new Drain { Leave = true, Reason = reason } };

    public static CoordinatorMessage Paused(bool giveBack) => new() { Paused = new Paused { GiveBack = giveBack } };

    public static CoordinatorMessage EndProcess(string reason) =>
        new() { EndProcess = new EndProcess { Reason = reason } };

    public static CoordinatorMessage ScoresStored(ulong sequence) =>
        new() { ScoresStored = new ScoresStored { Sequence = sequence } };

    public static CoordinatorMessage Revoked(ulong fence, string reason) =>
        new() { LeaseRevoked = new LeaseRevoked { Fence = fence, Reason = reason } };

    public static CoordinatorMessage Shrunk(RunLease lease) =>
        new() { LeaseShrunk = new LeaseShrunk { Fence = lease.Fence, EndWindow = (uint)lease.Windows.End } };

    /// <summary>A lease to score a range of windows, less what is stored of it already.</summary>
    public static CoordinatorMessage Score(RunLease lease, RunFile file, ScoreStore scores)
    {
        var message = new ScoreLease
        {
            Fence = lease.Fence,
            File = Describe(file.Record),
            FirstWindow = (uint)lease.Windows.First,
            EndWindow = (uint)lease.Windows.End,
            Probe = lease.Probe is { } probe ? ByteString.CopyFrom(Bits.Of(probe)) : ByteString.Empty,
            Trace = lease.Span?.Id ?? "",
        };
        for (var window = lease.Windows.First; window < lease.Windows.End; window++)
        {
            if (file.IsComplete(window))
                message.CompleteWindows.Add((uint)window);
            else if (scores.FindPartial(file.Index, window) is { } partial)
                message.PartialWindows.Add(new PartialWindow
                {
                    Window = (uint)window,
                    StoredRows = ByteString.CopyFrom(partial.StoredRows()),
                });
        }

        return new CoordinatorMessage { ScoreLease = message };
    }

    /// <summary>A lease to build the shard of a file.</summary>
    /// <param name="staging">Where the shard is written by those who see this machine's disk.</param>
    public static CoordinatorMessage Build(RunLease lease, RunFile file, RunRecord run, RunSpec spec, string staging)
    {
        var message = new BuildLease
        {
            Fence = lease.Fence,
            File = Describe(file.Record),
            ShardName = file.Record.ShardName,
            StagingPath = staging,
            Upload = HubPaths.IsHub(spec.Output),
            Trace = lease.Span?.Id ?? "",
        };
        message.Metadata.Add(ShardProvenance.Create(run, spec, file.Record));
        return new CoordinatorMessage { BuildLease = message };
    }

    /// <param name="session">Secret of the session that is greeted.</param>
    /// <param name="kept">Leases of an earlier session that are now bound to this one.</param>
    public static CoordinatorMessage Welcome(
        RunDescription run, RunPlaces places, TimeSpan heartbeatTimeout, Secret session, IEnumerable<RunLease> kept) =>
        new()
        {
            Welcome = new Welcome
            {
                Run = run,
                HeartbeatSeconds = heartbeatTimeout.TotalSeconds / 6,
                NoncePath = places.NoncePath,
                Nonce = places.Nonce,
                Session = session.Reveal(),
                KeptLeases = { kept.Select(lease => lease.Fence) },
            },
        };

    public static RunDescription Describe(RunRecord run, RunSpec spec)
    {
        var description = DescribeOptions(run, spec);
        var identity = description.Clone();
        identity.Model.Path = "";
        description.Digest = Convert.ToHexStringLower(SHA256.HashData(identity.ToByteArray()));
        return description;
    }

    private static RunDescription DescribeOptions(RunRecord run, RunSpec spec) => new()
    {
        RunId = run.RunId,
        Model = Describe(run.Model),
        Dtype = run.Dtype,
        TokenBudget = (uint)run.TokenBudget,
        WindowRows = (uint)spec.WindowRows,
        TextColumn = spec.TextColumn,
        RowsPerFile = (ulong)spec.RowsPerFile,
        Keep = spec.Keep.ToString(),
        ScoreColumn = spec.ScoreColumn,
        IntScoreColumn = spec.IntScoreColumn,
        ReplaceScoreColumns = spec.ReplaceScoreColumns,
    };

    private static InputFile Describe(FileRecord file) => new()
    {
        Index = (uint)file.Index,
        Name = file.Name,
        Path = file.Path,
        Size = (ulong)file.Size,
        Sha256 = file.Sha256 ?? "",
        Rows = (ulong)file.Rows,
    };

    private static ModelDescription Describe(ModelRecord model)
    {
        var description = new ModelDescription
        {
            Id = model.Id,
            Revision = model.Revision,
            Path = model.Path,
            Digest = model.Digest,
        };
        description.Files.AddRange(model.Files.Select(file => new ModelFile
        {
            Name = file.Name,
            Size = (ulong)file.Size,
            Sha256 = file.Sha256,
        }));
        return description;
    }
}

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
            ["fineweb.keep"] = spec.Keep.ToString(),
            ["fineweb.input"] = file.Origin,
            ["fineweb.input_sha256"] = file.Sha256 ?? "",
            ["fineweb.program_version"] = run.ProgramVersion,
        };
}

/// <summary>Sets of a window's rows as the protocol has them.</summary>
internal static class Bits
{
    /// <summary>Bit i of byte i / 8, lowest first, stands for row i.</summary>
    public static byte[] Of(IReadOnlyCollection<int> rows)
    {
        var bits = new byte[(rows.DefaultIfEmpty(-1).Max() + 8) / 8];
        foreach (var row in rows)
            bits[row / 8] |= (byte)(1 << (row % 8));
        return bits;
    }
}

using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>A run that can go on: its folder and its output are locked and its ledger is open.</summary>
internal sealed class PreparedRun(Holdings held, ILedger ledger, RunCore core, RunPlaces places, bool isResumed)
    : IDisposable
{
    public ILedger Ledger { get; } = ledger;

    public RunCore Core { get; } = core;

    public RunPlaces Places { get; } = places;

    public bool IsResumed { get; } = isResumed;

    /// <summary>Shards of other runs in the output folder that this run's are to replace, below the folder.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>Null for a run over local files.</summary>
    public HubInput? HubInput { get; init; }

    /// <summary>Null for a run that writes to a local folder.</summary>
    public HubOutput? HubOutput { get; init; }

    /// <summary>To which an earlier session has committed shards; null for none.</summary>
    public PullRequestRecord? PullRequest { get; init; }

    public void Dispose()
    {
        Ledger.Dispose();
        Places.RemoveStaging(Core.IsOver);
        held.Dispose();
    }
}

/// <summary>Locks and open files, given up in the opposite order.</summary>
internal sealed class Holdings : IDisposable
{
    private readonly Stack<IDisposable> _held = [];

    public T Add<T>(T held)
        where T : IDisposable
    {
        _held.Push(held);
        return held;
    }

    public void Dispose()
    {
        while (_held.TryPop(out var held))
            held.Dispose();
    }
}

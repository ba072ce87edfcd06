namespace FineWebTorch.Coordinator.Running;

/// <summary>A run at one moment, for those who watch it.</summary>
/// <param name="FilesDone">Files whose shards are in their places.</param>
/// <param name="Rows">Rows of the files that have not failed.</param>
/// <param name="RowsScored">Of all files, with those of earlier sessions of this run.</param>
/// <param name="Awaited">Workers with work from an earlier session of this run that have not come back.</param>
internal sealed record RunSnapshot(
    TimeSpan Elapsed,
    int Files,
    int FilesDone,
    int FilesFailed,
    long Rows,
    long RowsScored,
    long Kept,
    long Unscorable,
    long Tokens,
    IReadOnlyList<WorkerSnapshot> Workers,
    bool IsOver,
    bool IsDraining,
    int Sessions,
    int Awaited);

/// <summary>A worker at one moment.</summary>
/// <param name="Doing">What it holds, for people.</param>
internal sealed record WorkerSnapshot(
    string Id, string Name, string Device, bool Connected, long Rows, long Tokens, string Doing);

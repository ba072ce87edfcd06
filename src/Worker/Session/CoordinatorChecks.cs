using FineWebTorch.Common;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// What a coordinator says is checked before it is acted on. Here: what none of this program would say. It ends the
/// worker, with a line that says so.
/// </summary>
internal static class CoordinatorChecks
{
    /// <summary>The most that the options of a run allow.</summary>
    private const uint MostWindowRows = 1 << 20, MostTokens = 1 << 24;

    /// <returns>What is wrong, or null.</returns>
    public static string? FaultOf(CoordinatorMessage message) => message switch
    {
        { Welcome: { } welcome } => FaultOf(welcome),
        { ScoreLease: { } lease } => FaultOf(lease.File) ?? FaultOf(lease),
        { BuildLease: { } lease } => FaultOf(lease.File),
        _ => null,
    };

    private static string? FaultOf(Welcome welcome) =>
        welcome.Run is not { Model: not null } run ? "its welcome names no run or no model"
        : run.WindowRows is 0 or > MostWindowRows ? $"its run has windows of {run.WindowRows} rows"
        : run.TokenBudget > MostTokens ? $"its run has batches of {run.TokenBudget} tokens"
        : run.RowsPerFile > long.MaxValue ? $"its run takes {run.RowsPerFile} rows of a file"
        : !new Secret(welcome.Session).MayTravel() ? "the secret of its session is none"
        : double.IsFinite(welcome.HeartbeatSeconds) && welcome.HeartbeatSeconds >= 0 ? null
        : $"it wants a heartbeat every {welcome.HeartbeatSeconds} s";

    private static string? FaultOf(InputFile? file) =>
        file is null ? "a lease of it names no file"
        : file.Size > long.MaxValue || file.Rows > long.MaxValue
            ? $"a lease of it is on a file of {file.Size} bytes and {file.Rows} rows"
        : null;

    private static string? FaultOf(ScoreLease lease) =>
        lease.FirstWindow > int.MaxValue ? $"a lease of it begins with window {lease.FirstWindow}"
        : lease.PartialWindows.DistinctBy(part => part.Window).Count() < lease.PartialWindows.Count
            ? "a lease of it names a window twice"
        : null;
}

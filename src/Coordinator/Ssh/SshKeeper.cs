using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>Keeps a worker at work for each GPU of some machines, until the run is over.</summary>
/// <param name="machines">One that is not reached does not hold up the others.</param>
/// <param name="look">How the run stands.</param>
/// <param name="isWanted">Whether a person still wants workers.</param>
/// <param name="logs">Folder for what workers have said.</param>
/// <param name="words">Tell of what happens.</param>
/// <param name="options">Of the command.</param>
internal sealed class SshKeeper(
    IReadOnlyList<SshMachine> machines, Func<RunSight> look, Func<bool> isWanted, string logs, SshWords words,
    KeeperOptions options) : Keeper<SshWords>(options, words)
{
    /// <summary>Connections at once.</summary>
    private const int AtOnce = 16;

    private bool _hasBegun;

    protected override async Task<int?> TendAsync(CancellationToken cancellation)
    {
        var run = look();
        if (!isWanted())
            return await EndAsync(RunStage.Working, cancellation);
        if (run.Stage == RunStage.Over || IsAbandoned(run.Stage))
            return await EndAsync(run.Stage, cancellation);
        await EachAsync(machine => machine.TendAsync(run, cancellation), cancellation);
        Words.Count(
            machines.Sum(machine => machine.Running), machines.Count, machines.Count(machine => !machine.IsReached));
        if (!_hasBegun && machines.All(machine => !machine.IsReached))
            throw new UserErrorException($"no machine does as it is told; the last one: {machines[^1].Reason}");
        if (machines.All(machine => machine.IsGivenUp))
            throw new UserErrorException("all workers fail on all machines, and nothing gets done");
        _hasBegun = true;
        return null;
    }

    private async Task<int> EndAsync(RunStage stage, CancellationToken cancellation)
    {
        var left = machines.Sum(machine => machine.Running);
        await EachAsync(machine => machine.EndAsync(logs, cancellation), cancellation);
        Words.End(stage, left);
        Words.Logs(logs);
        return stage == RunStage.Away ? ExitCode.NoCoordinator : ExitCode.Success;
    }

    private Task EachAsync(Func<SshMachine, Task> act, CancellationToken cancellation) => Parallel.ForEachAsync(
        machines, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
        async (machine, _) => await act(machine));
}

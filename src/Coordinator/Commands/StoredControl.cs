using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Changes a run that no coordinator works on: its ledger, by the same core.</summary>
internal static class StoredControl
{
    /// <exception cref="UserErrorException">There is no run, or a coordinator has begun to work on it.</exception>
    public static async Task<SentControl> DoAsync(
        string runFolder, ControlRequest request, CancellationToken cancellationToken)
    {
        // Says what is not there, and takes nothing.
        StoredRun.Open(runFolder).Dispose();
        using var held = RunLock.Take(runFolder);
        using var ledger = LedgerPlace.Find(runFolder)!.Open(new PostgresOptions());
        var contents = ledger.Load()!;
        var places = RunPlaces.Of(runFolder, contents.Run.Options["--output"], contents.Run.RunId);
        var core = new RunCore(contents, places, new SchedulingOptions(TimeSpan.FromDays(1)));
        var desk = new ControlDesk(
            (asked, _) => Task.FromResult(Ask(core, ledger, asked)), (file, _) => Task.FromResult(Reopened(file)));
        return new SentControl(await desk.DoAsync(request, cancellationToken), IsLive: false);
    }

    private static ControlAnswer Ask(RunCore core, ILedger ledger, ControlRequest request)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        core.Handle(new RunCommand.Control(request, answer), TimeSpan.Zero);
        ledger.Commit(core.Outbox.Changes);
        core.Outbox.Deliver();
        core.Outbox.Clear();
        return answer.Task.Result;
    }

    /// <summary>The next start of the run looks at failed files by itself, but for those that were skipped.</summary>
    private static LedgerChange.FileReplaced? Reopened(FileRecord file) => file.Failure == FileRecord.Skipped
        ? new LedgerChange.FileReplaced(file with { Failure = null }, DropScores: false)
        : null;
}

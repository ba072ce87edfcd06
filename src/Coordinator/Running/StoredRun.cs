using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Looks into the folder of a run without touching it, also while a coordinator works there.</summary>
internal sealed class StoredRun : IDisposable
{
    private StoredRun(string path, SqliteLedger ledger, LedgerContents contents)
    {
        Path = path;
        Ledger = ledger;
        Spec = RunSpec.FromOptions(contents.Run.Options);
        Places = RunPlaces.Of(path, Spec.Output, contents.Run.RunId);
        Publication = contents.Publication;
        Core = new RunCore(contents, Places, new SchedulingOptions(TimeSpan.FromDays(1)));
    }

    public string Path { get; }

    public SqliteLedger Ledger { get; }

    public RunSpec Spec { get; }

    public RunPlaces Places { get; }

    public PublicationRecord? Publication { get; }

    /// <summary>The state in the ledger; nothing is ever asked of it.</summary>
    public RunCore Core { get; }

    /// <summary>The process that works on the run, or null.</summary>
    public int? Coordinator => RunLock.IsTaken(Path) &&
        File.Exists(RunLock.PidPath(Path)) &&
        int.TryParse(File.ReadAllText(RunLock.PidPath(Path)), CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <exception cref="UserErrorException">There is no run.</exception>
    public static StoredRun Open(string folder)
    {
        var path = System.IO.Path.GetFullPath(folder);
        var ledgerPath = RunPlaces.LedgerOf(path);
        if (!File.Exists(ledgerPath))
            throw new UserErrorException(
                $"--run {folder}: no run here (there is no {System.IO.Path.GetFileName(ledgerPath)})");
        var ledger = SqliteLedger.OpenReadOnly(ledgerPath);
        if (ledger.Load() is { } contents)
            return new StoredRun(path, ledger, contents);
        ledger.Dispose();
        throw new UserErrorException($"--run {folder}: the run has not been started; run it again");
    }

    public void Dispose() => Ledger.Dispose();
}

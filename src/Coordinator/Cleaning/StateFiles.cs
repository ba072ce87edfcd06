using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Web;

namespace FineWebTorch.Coordinator.Cleaning;

/// <summary>What a run keeps in its folder, in which a person may have put other things too.</summary>
internal static class StateFiles
{
    private static readonly string[] Names =
    [
        "ledger.sqlite*", "ledger.url", ListingJournal.FileName, FooterJournal.FileName, "run-summary.json",
        "progress.json*", RunPlaces.ReportName, "events.jsonl", "events.*.jsonl", "control.*", CoordinatorNotice.FileName,
        JoinToken.OwnerFile, "local-worker-*.log", WatchAccess.KeyName, RunTelemetry.TokenFile,
    ];

    /// <summary>Goes last: as long as it is there, no coordinator starts on the rest.</summary>
    private static readonly string[] Locks = ["coordinator.pid", "lock"];

    /// <param name="output">Of the run.</param>
    public static Leftover Of(string runFolder, string output)
    {
        var files = Names.SelectMany(name => Directory.GetFiles(runFolder, name)).ToList();
        // Manifests of a run that publishes on the Hub lie here as well as there.
        string[] folders =
        [
            .. HubPaths.IsHub(output) ? [RunPlaces.OutputFolder(runFolder, output)] : Array.Empty<string>(),
            AccessFolder.OfRun(runFolder).Path,
            RunPlaces.LogsOf(runFolder),
        ];
        var bytes = files.Sum(file => new FileInfo(file).Length) +
            folders.Where(Directory.Exists).Sum(Leftover.SizeOf);
        return new Leftover(
            runFolder, $"state of a finished run; its shards in {output} stay", bytes,
            () => Remove(runFolder, files, folders));
    }

    private static void Remove(string runFolder, List<string> files, string[] folders)
    {
        using (RunLock.Take(runFolder))
        {
            // First what needs the folder to be found.
            LedgerPlace.Find(runFolder)?.Drop();
            files.ForEach(File.Delete);
            foreach (var folder in folders.Where(Directory.Exists))
                Directory.Delete(folder, recursive: true);
        }

        foreach (var name in Locks)
            File.Delete(Path.Combine(runFolder, name));
        RunPlaces.RemoveIfEmpty(runFolder);
    }
}

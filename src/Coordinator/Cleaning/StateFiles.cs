using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Cleaning;

/// <summary>What a run keeps in its folder, in which a person may have put other things too.</summary>
internal static class StateFiles
{
    private static readonly string[] Names =
    [
        "ledger.sqlite*", "ledger.url", ListingJournal.FileName, FooterJournal.FileName, "run-summary.json",
        "progress.json*", "events.jsonl", "events.*.jsonl", "control.*", CoordinatorNotice.FileName,
        "local-worker-*.log",
    ];

    /// <summary>Goes last: as long as it is there, no coordinator starts on the rest.</summary>
    private static readonly string[] Locks = ["coordinator.pid", "lock"];

    /// <param name="output">Of the run.</param>
    public static Leftover Of(string runFolder, string output)
    {
        var files = Names.SelectMany(name => Directory.GetFiles(runFolder, name)).ToList();
        // Manifests of a run that publishes on the Hub lie here as well as there.
        var folder = HubPaths.IsHub(output) ? RunPlaces.OutputFolder(runFolder, output) : null;
        var bytes = files.Sum(file => new FileInfo(file).Length) +
            (Directory.Exists(folder) ? Leftover.SizeOf(folder) : 0);
        return new Leftover(
            runFolder, $"state of a finished run; its shards in {output} stay", bytes,
            () => Remove(runFolder, files, folder));
    }

    private static void Remove(string runFolder, List<string> files, string? folder)
    {
        using (RunLock.Take(runFolder))
        {
            // First what needs the folder to be found.
            LedgerPlace.Find(runFolder)?.Drop();
            files.ForEach(File.Delete);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }

        foreach (var name in Locks)
            File.Delete(Path.Combine(runFolder, name));
        RunPlaces.RemoveIfEmpty(runFolder);
    }
}

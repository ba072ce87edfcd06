using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>Folders and files of a run on this machine; all absolute.</summary>
/// <param name="Staging">Where shards lie until they are moved to their places; on the output's file system.</param>
/// <param name="Nonce">Content of the file at <see cref="NoncePath"/>.</param>
internal sealed record RunPlaces(string RunFolder, string Output, string Staging, string Nonce)
{
    /// <summary>In the run's folder, in an output folder and in a dataset's repository.</summary>
    public const string ReportName = "report.html";

    /// <summary>
    /// Where shards and manifests wait for the run's end, because an earlier run's lie in the output that they are to
    /// replace; null where none do.
    /// </summary>
    public string? Held { get; init; }

    public string NoncePath => Path.Combine(Staging, "nonce");

    /// <summary>What the last session has to say, see <c>RunSummary</c>.</summary>
    public string SummaryPath => SummaryOf(RunFolder);

    /// <inheritdoc cref="SummaryPath"/>
    public static string SummaryOf(string runFolder) => Path.Combine(runFolder, "run-summary.json");

    /// <summary>How the run goes while a coordinator works on it, see <c>ProgressFile</c>.</summary>
    public static string ProgressOf(string runFolder) => Path.Combine(runFolder, "progress.json");

    /// <summary>What people read of a run that is over, see <c>RunReport</c>.</summary>
    /// <param name="folder">Of the run, or its output.</param>
    public static string ReportOf(string folder) => Path.Combine(folder, ReportName);

    /// <param name="output">Absolute folder, or an hf:// path.</param>
    /// <param name="holds">Shards have to wait, see <see cref="Held"/>; they still do where some lie there.</param>
    public static RunPlaces Of(string runFolder, string output, string runId, bool holds = false)
    {
        var folder = OutputFolder(runFolder, output);
        var held = HeldFolder(folder, runId);
        return new RunPlaces(runFolder, folder, Path.Combine(StagingRoot(folder), runId), Nonce: "")
        {
            Held = holds || Directory.Exists(held) ? held : null,
        };
    }

    /// <summary>For an output on the Hub, manifests and what is still to be uploaded lie in the run's folder.</summary>
    public static string OutputFolder(string runFolder, string output) =>
        HubPaths.IsHub(output) ? Path.Combine(runFolder, "output") : output;

    /// <summary>Where coordinator and local workers keep their logs.</summary>
    public static string LogsOf(string runFolder) => Path.Combine(runFolder, "logs");

    public static string LedgerOf(string runFolder) => Path.Combine(runFolder, "ledger.sqlite");

    /// <summary>Says where the ledger is that is not in the folder.</summary>
    public static string LedgerAddressOf(string runFolder) => Path.Combine(runFolder, "ledger.url");

    /// <summary>What is ours alone in an output folder; hidden, so that no reader takes it for data.</summary>
    public static string OwnFolder(string output) => Path.Combine(output, ".fineweb");

    /// <summary>Where <see cref="Held"/> is for a run that has to wait.</summary>
    public static string HeldFolder(string output, string runId) => Path.Combine(OwnFolder(output), "held", runId);

    /// <summary>Where runs have their <see cref="Staging"/>.</summary>
    public static string StagingRoot(string output) => Path.Combine(output, ".staging");

    public static string ManifestsOf(string output) => Path.Combine(output, "manifests");

    public string StagingOf(ulong fence) => Path.Combine(Staging, $"{fence}.parquet");

    /// <summary>Where a finished shard is.</summary>
    /// <param name="shardName">'/'-separated.</param>
    public string ShardPath(string shardName) => File.Exists(LandingPath(shardName))
        ? LandingPath(shardName)
        : ShardPath(Output, shardName);

    /// <summary>Where a shard is put when it has been made.</summary>
    /// <inheritdoc cref="ShardPath(string)"/>
    public string LandingPath(string shardName) => ShardPath(Held ?? Output, shardName);

    /// <inheritdoc cref="ShardPath(string)"/>
    public static string ShardPath(string output, string shardName) => ForeignPath.Combine(output, shardName);

    public string ManifestPath(string shardName) => ManifestPath(Held ?? Output, shardName);

    public static string ManifestPath(string output, string shardName) =>
        ForeignPath.Combine(ManifestsOf(output), shardName + ".json");

    /// <summary>Makes the staging folder ready for workers that see this disk.</summary>
    /// <param name="fences">Of leases under which shards may lie here that are still to be handed over.</param>
    public void PrepareStaging(IEnumerable<ulong> fences)
    {
        Directory.CreateDirectory(Staging);
        var awaited = fences.Select(StagingOf).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Staging).Where(path => !awaited.Contains(path)))
            File.Delete(path);
        File.WriteAllText(NoncePath, Nonce);
    }

    /// <summary>Removes the staging folder of a session that ends.</summary>
    /// <param name="isOver">False: shards may lie here that workers will hand over to the next session.</param>
    public void RemoveStaging(bool isOver)
    {
        // Another coordinator that has taken the run over works here by now.
        if (!File.Exists(NoncePath) || File.ReadAllText(NoncePath) != Nonce)
            return;
        if (isOver)
            Directory.Delete(Staging, recursive: true);
        else
            File.Delete(NoncePath);
        RemoveIfEmpty(Staging);
        RemoveIfEmpty(Path.GetDirectoryName(Staging)!);
    }

    public static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }
}

using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>Folders and files of a run on this machine; all absolute.</summary>
/// <param name="Staging">Where shards lie until they are moved to their places; on the output's file system.</param>
/// <param name="Nonce">Content of the file at <see cref="NoncePath"/>.</param>
internal sealed record RunPlaces(string RunFolder, string Output, string Staging, string Nonce)
{
    public string NoncePath => Path.Combine(Staging, "nonce");

    /// <summary>What the last session has to say, see <c>RunSummary</c>.</summary>
    public string SummaryPath => Path.Combine(RunFolder, "run-summary.json");

    /// <summary>For an output on the Hub, manifests and what is still to be uploaded lie in the run's folder.</summary>
    public static string OutputFolder(string runFolder, string output) =>
        HubPaths.IsHub(output) ? Path.Combine(runFolder, "output") : output;

    public static string LedgerOf(string runFolder) => Path.Combine(runFolder, "ledger.sqlite");

    public string StagingOf(ulong fence) => Path.Combine(Staging, $"{fence}.parquet");

    /// <param name="shardName">'/'-separated.</param>
    public string ShardPath(string shardName) => ShardPath(Output, shardName);

    /// <inheritdoc cref="ShardPath(string)"/>
    public static string ShardPath(string output, string shardName) => Path.Combine([output, .. shardName.Split('/')]);

    public string ManifestPath(string shardName) =>
        Path.Combine([Output, "manifests", .. (shardName + ".json").Split('/')]);

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
        if (isOver)
            Directory.Delete(Staging, recursive: true);
        else
            File.Delete(NoncePath);
        RemoveIfEmpty(Staging);
        RemoveIfEmpty(Path.GetDirectoryName(Staging)!);
    }

    private static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }
}

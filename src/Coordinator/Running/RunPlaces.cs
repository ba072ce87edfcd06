namespace FineWebTorch.Coordinator.Running;

/// <summary>Folders and files of a run on this machine; all absolute.</summary>
/// <param name="Staging">Where shards lie until they are moved to their places; on the output's file system.</param>
/// <param name="Nonce">Content of the file at <see cref="NoncePath"/>.</param>
internal sealed record RunPlaces(string RunFolder, string Output, string Staging, string Nonce)
{
    /// <summary>For an output on the Hub, manifests and what is still to be uploaded lie in the run's folder.</summary>
    public static string OutputFolder(string runFolder, string output) =>
        HubPaths.IsHub(output) ? Path.Combine(runFolder, "output") : output;

    public string NoncePath => Path.Combine(Staging, "nonce");

    public string LedgerPath => LedgerOf(RunFolder);

    public static string LedgerOf(string runFolder) => Path.Combine(runFolder, "ledger.sqlite");

    public string StagingOf(ulong fence) => Path.Combine(Staging, $"{fence}.parquet");

    /// <param name="shardName">'/'-separated.</param>
    public string ShardPath(string shardName) => Path.Combine([Output, .. shardName.Split('/')]);

    public string ManifestPath(string shardName) => ManifestOf(Output, shardName);

    public static string ManifestOf(string output, string shardName) =>
        Path.Combine([output, "manifests", .. (shardName + ".json").Split('/')]);
}

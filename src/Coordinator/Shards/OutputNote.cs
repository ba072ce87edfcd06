using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Which run a local output folder belongs to: a file of ours in it says so.</summary>
/// <param name="RunFolder">Absolute.</param>
internal sealed record OutputNote(string RunId, string RunFolder, string ProgramVersion)
{
    /// <returns>Null where there is none, or none that can be read.</returns>
    public static OutputNote? Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<OutputNote>(File.ReadAllBytes(PathIn(output)), RunSummary.Json);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string output) => AtomicFile.Write(
        PathIn(output), [.. JsonSerializer.SerializeToUtf8Bytes(this, RunSummary.IndentedJson), (byte)'\n']);

    /// <summary>A run folder that was moved is still that run's.</summary>
    public bool IsOf(string runId, string runFolder) => RunId == runId &&
        (RunFolder == runFolder || !File.Exists(RunPlaces.LedgerOf(RunFolder)));

    private static string PathIn(string output) => Path.Combine(RunPlaces.OwnFolder(output), "run.json");
}

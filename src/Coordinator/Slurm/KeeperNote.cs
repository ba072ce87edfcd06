using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>
/// What the command that keeps a run's jobs leaves in the run's folder, for others that are typed meanwhile: they change
/// the number of jobs and nothing else.
/// </summary>
/// <param name="Count">How many jobs there are to be.</param>
/// <param name="Host">Where the command runs.</param>
/// <param name="Process">Its process id there.</param>
/// <param name="Script">What its jobs run.</param>
internal sealed record KeeperNote(int Count, string Host, int Process, string Script)
{
    public override string ToString() => $"process {Process} on {Host}";

    /// <summary>Where commands of this kind keep what is theirs.</summary>
    public static string FolderOf(string runFolder) => Path.Combine(runFolder, "slurm");

    /// <summary>Whether a command keeps the jobs: it holds a lock, which goes with its process.</summary>
    public static bool IsKept(string runFolder) => RunLock.IsTaken(FolderOf(runFolder));

    /// <summary>From now on nobody else keeps them.</summary>
    /// <exception cref="UserErrorException">Another command does.</exception>
    public static RunLock Take(string runFolder)
    {
        PrivateFile.MakeFolder(FolderOf(runFolder));
        return RunLock.Take(
            FolderOf(runFolder),
            _ => $"{runFolder}: {Read(runFolder)?.ToString() ?? "another command"} keeps its Slurm jobs");
    }

    /// <returns>Null where none was left.</returns>
    public static KeeperNote? Read(string runFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<KeeperNote>(File.ReadAllBytes(PathOf(runFolder)), RunSummary.Json);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string runFolder) =>
        AtomicFile.Write(PathOf(runFolder), JsonSerializer.SerializeToUtf8Bytes(this, RunSummary.Json));

    private static string PathOf(string runFolder) => Path.Combine(FolderOf(runFolder), "keeper.json");
}

using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>
/// What the command that keeps a run's workers at work leaves in its folder, for others that are typed meanwhile: they
/// change the number and nothing else.
/// </summary>
/// <param name="Count">How many there are to be.</param>
/// <param name="Host">Where the command runs.</param>
/// <param name="Process">Its process id there.</param>
/// <param name="Script">What is the same for all of them.</param>
internal sealed record KeeperNote(int Count, string Host, int Process, string Script)
{
    /// <summary>Of this process.</summary>
    public static KeeperNote Of(int count, string script) =>
        new(count, Environment.MachineName, Environment.ProcessId, script);

    public override string ToString() => $"process {Process} on {Host}";

    /// <summary>Whether a command keeps them: it holds a lock, which goes with its process.</summary>
    /// <param name="folder">Where commands of its kind keep what is theirs.</param>
    public static bool IsKept(string folder) => RunLock.IsTaken(folder);

    /// <summary>From now on nobody else keeps them.</summary>
    /// <param name="folder">As for <see cref="IsKept"/>; made where it is missing.</param>
    /// <param name="what">Is kept, in words.</param>
    /// <exception cref="UserErrorException">Another command does.</exception>
    public static RunLock Take(string folder, string what)
    {
        PrivateFile.MakeFolder(folder);
        return RunLock.Take(
            folder, _ => $"{folder}: {Read(folder)?.ToString() ?? "another command"} keeps {what}");
    }

    /// <returns>Null where none was left.</returns>
    public static KeeperNote? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<KeeperNote>(File.ReadAllBytes(PathOf(folder)), RunSummary.Json);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string folder) =>
        AtomicFile.Write(PathOf(folder), JsonSerializer.SerializeToUtf8Bytes(this, RunSummary.Json));

    private static string PathOf(string folder) => Path.Combine(folder, "keeper.json");
}

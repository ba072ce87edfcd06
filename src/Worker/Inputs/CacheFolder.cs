using System.Diagnostics;
using System.Globalization;

namespace FineWebTorch.Worker.Inputs;

/// <summary>
/// The folders below the cache. Models are shared by all workers; inputs and shards belong to one process, and those of
/// processes that did not live to clean up are removed.
/// </summary>
internal sealed class CacheFolder
{
    private readonly string _own;

    public CacheFolder(string root)
    {
        Models = Path.Combine(root, "models");
        Devices = DevicesOf(root);
        var temporary = Path.Combine(root, "temporary");
        _own = Path.Combine(temporary, NameOf(Environment.ProcessId));
        RemoveOrphans(temporary);
    }

    public string Models { get; }

    /// <summary>A file: what is remembered of devices.</summary>
    public string Devices { get; }

    public string Inputs => Path.Combine(_own, "inputs");

    public string Shards => Path.Combine(_own, "shards");

    /// <summary><see cref="Devices"/> of a cache, without touching it.</summary>
    public static string DevicesOf(string root) => Path.Combine(root, "devices.json");

    private static string NameOf(int processId) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{processId}");

    private static void RemoveOrphans(string temporary)
    {
        if (!Directory.Exists(temporary))
            return;
        foreach (var folder in Directory.EnumerateDirectories(temporary, $"{Environment.MachineName}-*"))
        {
            var number = Path.GetFileName(folder.AsSpan())[(Environment.MachineName.Length + 1)..];
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var processId) ||
                (IsRunning(processId) && processId != Environment.ProcessId))
                continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception other) when (other is IOException or UnauthorizedAccessException)
            {
                // Another worker was quicker, or it is another user's.
            }
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

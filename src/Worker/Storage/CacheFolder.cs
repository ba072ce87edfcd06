using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// The folders below the cache. Models are shared by all workers; inputs and shards belong to one process. Those of
/// processes that did not live to clean up are removed, but for what they were downloading.
/// </summary>
internal sealed partial class CacheFolder : IDisposable
{
    private readonly string _own;
    private readonly FileStream _lock;

    public CacheFolder(string root, TimeProvider time)
    {
        Models = Path.Combine(root, "models");
        Devices = DevicesOf(root);
        var temporary = Directory.CreateDirectory(Path.Combine(root, "temporary")).FullName;
        Orphans = new OrphanedDownloads(Path.Combine(temporary, "left"), time);
        foreach (var file in Directory.EnumerateFiles(temporary, $"{Environment.MachineName}-*.lock"))
            CollectOrphan(file);
        Orphans.RemoveStale();
        _own = Path.Combine(temporary, string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}"));
        _lock = new FileStream(
            _own + ".lock", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose);
    }

    /// <exception cref="UserErrorException">Nothing can be written there.</exception>
    public static CacheFolder Open(string root, TimeProvider time)
    {
        try
        {
            return new CacheFolder(root, time);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException &&
            !DiskFaults.IsFull(refused))
        {
            throw new UserErrorException(
                $"{root}: the cache cannot be written to ({refused.Message.TrimEnd('.')}); name another folder with " +
                "--cache DIR",
                inner: refused);
        }
    }

    public string Models { get; }

    /// <summary>A file: what is remembered of devices.</summary>
    public string Devices { get; }

    public OrphanedDownloads Orphans { get; }

    public string Inputs => Path.Combine(_own, "inputs");

    public string Shards => Path.Combine(_own, "shards");

    /// <summary><see cref="Devices"/> of a cache, without touching it.</summary>
    public static string DevicesOf(string root) => Path.Combine(root, "devices.json");

    /// <summary>Removes what belongs to this process.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_own))
            Directory.Delete(_own, recursive: true);
        _lock.Dispose();
    }

    /// <summary>
    /// A process is dead when this machine does not run it and its lock is free. The lock alone would not do, since
    /// some file systems grant it to everyone; nor would the process's number, since containers count for themselves.
    /// </summary>
    private void CollectOrphan(string lockFile)
    {
        var folder = Path.ChangeExtension(lockFile, null);
        if (!Number().IsMatch(folder) ||
            !int.TryParse(Number().Match(folder).Groups[1].Value, CultureInfo.InvariantCulture, out var processId) ||
            (IsRunning(processId) && processId != Environment.ProcessId))
            return;
        try
        {
            using var held = new FileStream(
                lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose);
            Orphans.Collect(Path.Combine(folder, "inputs"));
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception other) when (other is IOException or UnauthorizedAccessException)
        {
            // It lives, another worker was quicker, or it is another user's.
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

    [GeneratedRegex("-([0-9]+)-[0-9a-f]{8}$")]
    private static partial Regex Number();
}

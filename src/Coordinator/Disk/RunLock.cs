using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>One coordinator a run folder. The system gives the lock up however the process ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <exception cref="UserErrorException">Another coordinator works on this run.</exception>
    public static RunLock Take(string runFolder)
    {
        var pidPath = PidPath(runFolder);
        FileStream file;
        try
        {
            file = new FileStream(LockPath(runFolder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            var pid = File.Exists(pidPath) ? $" (process {File.ReadAllText(pidPath).Trim()})" : "";
            throw new UserErrorException(
                $"{runFolder}: another coordinator{pid} works on this run; end it first, or give another --run",
                inner: exception);
        }

        File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return new RunLock(file);
    }

    /// <summary>Where the holder of the lock writes its process id.</summary>
    public static string PidPath(string runFolder) => Path.Combine(runFolder, "coordinator.pid");

    public static bool IsTaken(string runFolder)
    {
        if (!File.Exists(LockPath(runFolder)))
            return false;
        try
        {
            using var file = new FileStream(LockPath(runFolder), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _file.Dispose();

    private static string LockPath(string runFolder) => Path.Combine(runFolder, "lock");
}

using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>One coordinator a folder. The system gives the lock up however the process ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Of the folder that a run keeps its state in.</summary>
    /// <exception cref="UserErrorException">Another coordinator works on this run.</exception>
    public static RunLock Take(string runFolder) => Take(runFolder, holder => Refusal(runFolder, holder));

    /// <param name="folder">Is there.</param>
    /// <param name="refusal">What to say of "another coordinator (process 17)" that holds the lock.</param>
    /// <exception cref="UserErrorException">Another coordinator does.</exception>
    public static RunLock Take(string folder, Func<string, string> refusal)
    {
        FileStream file;
        try
        {
            file = new FileStream(LockPath(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsTakenBy(exception))
        {
            throw new UserErrorException(refusal(Holder(folder)), inner: exception);
        }

        File.WriteAllText(PidPath(folder), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return new RunLock(file);
    }

    /// <summary>As <see cref="Take(string)"/>, and takes nothing.</summary>
    /// <exception cref="UserErrorException">Another coordinator works on this run.</exception>
    public static void DemandFree(string runFolder) => DemandFree(runFolder, holder => Refusal(runFolder, holder));

    /// <summary>As <see cref="Take(string, Func{string, string})"/>, and takes nothing.</summary>
    /// <exception cref="UserErrorException">Another coordinator has the lock.</exception>
    public static void DemandFree(string folder, Func<string, string> refusal)
    {
        if (IsTaken(folder))
            throw new UserErrorException(refusal(Holder(folder)));
    }

    /// <summary>Where the holder of the lock writes its process id.</summary>
    public static string PidPath(string folder) => Path.Combine(folder, "coordinator.pid");

    public static bool IsTaken(string folder)
    {
        if (!File.Exists(LockPath(folder)))
            return false;
        try
        {
            using var file = new FileStream(LockPath(folder), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException exception)
        {
            return IsTakenBy(exception);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Another process has the file, as each system says it; a full or broken disk is not that.</summary>
    private static bool IsTakenBy(IOException exception)
    {
        const int linux = 11;
        const int macos = 35;
        const int windows = unchecked((int)0x80070020);
        return exception.HResult is linux or macos or windows;
    }

    private static string Refusal(string runFolder, string holder) =>
        $"{runFolder}: {holder} works on this run; end it first, or give another --run";

    private static string Holder(string folder)
    {
        var path = PidPath(folder);
        return "another coordinator" + (File.Exists(path) ? $" (process {File.ReadAllText(path).Trim()})" : "");
    }

    private static string LockPath(string folder) => Path.Combine(folder, "lock");
}

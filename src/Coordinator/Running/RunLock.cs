using System.Globalization;
using FineWebTorch.Cli;

namespace FineWebTorch.Coordinator.Running;

/// <summary>One coordinator a run folder. The system gives the lock up when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <exception cref="UserErrorException">Another coordinator works on this run.</exception>
    public static RunLock Take(string runFolder)
    {
        var pidPath = Path.Combine(runFolder, "coordinator.pid");
        FileStream file;
        try
        {
            file = new FileStream(
                Path.Combine(runFolder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            var pid = File.Exists(pidPath) ? $" (process {File.ReadAllText(pidPath).Trim()})" : "";
            throw new UserErrorException(
                $"{runFolder}: another coordinator{pid} works on this run; end it first, or start another run with --run",
                inner: exception);
        }

        File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return new RunLock(file);
    }

    public void Dispose() => _file.Dispose();
}

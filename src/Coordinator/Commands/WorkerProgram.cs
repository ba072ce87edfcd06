using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Finds what <c>--local-workers</c> starts.</summary>
internal static class WorkerProgram
{
    private const string Variable = "FINEWEB_WORKER";

    /// <summary>
    /// The program that FINEWEB_WORKER names, else <c>worker</c> beside this program, else <c>bin/worker</c> in a
    /// folder above it.
    /// </summary>
    /// <exception cref="UserErrorException">It is in none of these places.</exception>
    public static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "worker.exe" : "worker";
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return File.Exists(given)
                ? Path.GetFullPath(given)
                : throw new UserErrorException($"{Variable}={given}: no such file");
        return Candidates(name).FirstOrDefault(File.Exists) ?? throw new UserErrorException(
            $"--local-workers: the worker program is not beside this one ({AppContext.BaseDirectory}) nor in a bin " +
            $"folder above it; set {Variable} to its path");
    }

    public static int CountGpus() => OperatingSystem.IsLinux()
        ? Directory.EnumerateFiles("/dev", "nvidia*").Count(path => char.IsAsciiDigit(path[^1]))
        : 0;

    private static IEnumerable<string> Candidates(string name)
    {
        yield return Path.Combine(AppContext.BaseDirectory, name);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "bin", name);
    }
}

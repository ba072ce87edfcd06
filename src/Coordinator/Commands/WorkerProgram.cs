using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Finds what <c>--local-workers</c> starts, and says what it is not told.</summary>
internal static class WorkerProgram
{
    private const string Variable = "FINEWEB_WORKER";

    /// <summary>
    /// The program that FINEWEB_WORKER names, else <c>worker</c> beside this program, else <c>bin/worker</c> in a
    /// folder above it, else, where this one is a tool of .NET, the worker that was installed with it.
    /// </summary>
    /// <exception cref="UserErrorException">It is in none of these places.</exception>
    public static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "worker.exe" : "worker";
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return File.Exists(given)
                ? Path.GetFullPath(given)
                : throw new UserErrorException($"{Variable}={given}: no such file");
        return Candidates(name, AppContext.BaseDirectory).FirstOrDefault(File.Exists) ?? throw new UserErrorException(
            $"--local-workers: the worker program is not beside this one ({AppContext.BaseDirectory}) nor in a bin " +
            $"folder above it; set {Variable} to its path");
    }

    /// <summary>
    /// Takes out of a worker's environment what is the coordinator's alone. Workers get signed addresses and have no use for
    /// the Hub's token, nor for the ledger's password; the file of options is the coordinator's; and options for workers
    /// elsewhere must not keep those here from the coordinator, or beyond its end.
    /// </summary>
    public static void KeepForOneself(IDictionary<string, string?> environment)
    {
        foreach (var variable in (string[])
            ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_OIDC_RESOURCE", "PGPASSWORD", "PGPASSFILE",
            "FINEWEB_LEDGER", "FINEWEB_CONFIG", "FINEWEB_QUIET", "FINEWEB_PROXY", "FINEWEB_STAY", "FINEWEB_JOIN"])
            environment.Remove(variable);
        // Nor does it look into the file that 'hf auth login' has written for this user.
        environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
    }

    public static int CountGpus() => OperatingSystem.IsLinux()
        ? Directory.EnumerateFiles("/dev", "nvidia*").Count(path => char.IsAsciiDigit(path[^1]))
        : 0;

    /// <param name="name">The program's file.</param>
    /// <param name="programFolder">Where this program's files are.</param>
    internal static IEnumerable<string> Candidates(string name, string programFolder)
    {
        yield return Path.Combine(programFolder, name);
        for (var folder = new DirectoryInfo(programFolder); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "bin", name);
            // Tools of .NET: FOLDER/.store/PACKAGE/…, and their commands in FOLDER.
            if (folder is { Name: ".store", Parent: { } tools })
                yield return Path.Combine(tools.FullName, Launchers.ToolCommand(name));
        }
    }
}

using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>Where a run's jobs find what they need, and where they are found.</summary>
/// <param name="Name">Of the jobs.</param>
/// <param name="Folder">Absolute, on a disk that nodes see: logs, and the token where the run's folder is on none.</param>
/// <param name="Program">Runs Slurm's commands.</param>
internal sealed record SlurmSite(SlurmRequest Request, string RunFolder, string Name, string Folder, SlurmProgram Program)
{
    /// <param name="runFolder">Absolute.</param>
    public static SlurmSite Of(SlurmRequest request, string runFolder, string runId, SlurmProgram program)
    {
        var name = $"fineweb-{runId[..Math.Min(12, runId.Length)]}";
        return new SlurmSite(
            request, runFolder, name,
            request.Shared is { } shared ? Path.Combine(shared, name) : NotesOf(runFolder), program);
    }

    /// <summary>Where the command that keeps the jobs leaves its note.</summary>
    public string Notes => NotesOf(RunFolder);

    /// <summary>For commands that submit nothing.</summary>
    public SlurmScript Unused => new(Name, Folder, "", "", TokenFile: null);

    /// <summary>Where nodes find the token: in the run's folder, unless they do not see that.</summary>
    private string? TokenFileOf(RunEntrance entrance) =>
        entrance.TokenFile is null || (Request.Shared is null && Request.Access is null)
            ? entrance.TokenFile
            : Path.Combine(Folder, "access", "join");

    private RunEntrance Entrance => RunEntrance.Of(RunFolder, Request.Coordinator, Request.Access);

    /// <exception cref="UserErrorException">Nodes cannot reach the coordinator, or would not be let in.</exception>
    public SlurmScript Script()
    {
        var entrance = Entrance;
        return new SlurmScript(Name, Folder, WorkerProgram.Find(), entrance.Address, TokenFileOf(entrance))
        {
            Gpus = Request.Gpus,
            CpusPerTask = Request.CpusPerTask,
            Partition = Request.Partition,
            Time = Request.Time,
            More = Request.Sbatch,
        };
    }

    /// <summary>Makes what jobs look for: their folder, and the token where they cannot read it in the run's.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Prepare(SlurmScript script)
    {
        PrivateFile.MakeFolder(Folder);
        var entrance = script.TokenFile is null ? null : Entrance;
        if (script.TokenFile is { } file && file != entrance!.TokenFile && entrance.ReadToken() is { } token)
            PrivateFile.Write(file, Encoding.ASCII.GetBytes(token + "\n"));
    }

    private static string NotesOf(string runFolder) => Path.Combine(runFolder, "slurm");

    public ISlurm Slurm(SlurmScript script) => new SlurmCommands(script, Environment.UserName, Program);

    public SlurmWords Words(Action<string> tell) => new(tell, id => LastLine(Unused.LogOf(id)), Unused.LogOf);

    /// <summary>Of the end of a file, which may be long.</summary>
    private static string? LastLine(string path)
    {
        const int end = 4096;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(end, file.Length), SeekOrigin.End);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .LastOrDefault();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

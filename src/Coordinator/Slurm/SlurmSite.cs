using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Commands;

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
            request.Shared is { } shared ? Path.Combine(shared, name) : KeeperNote.FolderOf(runFolder), program);
    }

    /// <summary>For commands that submit nothing.</summary>
    public SlurmScript Unused => new(Name, Folder, "", "", TokenFile: null);

    private AccessFolder Access => Request.Access is { } named ? new AccessFolder(named) : AccessFolder.OfRun(RunFolder);

    private string TokenFile => Request.Shared is null && Request.Access is null
        ? Access.Join
        : Path.Combine(Folder, "access", "join");

    /// <exception cref="UserErrorException">Nodes cannot reach the coordinator, or would not be let in.</exception>
    public SlurmScript Script()
    {
        var notice = CoordinatorNotice.Find(RunFolder, userFolder: "") is [var found, ..] ? found : null;
        if (Request.Coordinator is null && notice is null)
            throw new UserErrorException(
                $"{RunFolder}: its coordinator has not said where it listens; give --coordinator https://HOST:PORT");
        if (Request.Coordinator is null && notice!.Address.IsLoopback)
            throw new UserErrorException(
                $"{RunFolder}: its coordinator listens on {notice.Address.Authority}, which no other machine reaches: " +
                "start it again with --listen 0.0.0.0:5090 (it goes on where it was), or give --coordinator " +
                "https://HOST:PORT");
        var address = Request.Coordinator ??
            ListenAddress.ForOthers(notice!.Address, notice.Host).GetLeftPart(UriPartial.Authority);
        var isEncrypted = !address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        if (isEncrypted && PrivateFile.TryRead(Access.Join) is null)
            throw new UserErrorException(
                $"{Access.Join}: no join token for workers: it was revoked, or is in another folder (--access DIR)");
        return new SlurmScript(Name, Folder, WorkerProgram.Find(), address, isEncrypted ? TokenFile : null)
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
        if (script.TokenFile is { } file && file != Access.Join && PrivateFile.TryRead(Access.Join) is { } token)
            PrivateFile.Write(file, Encoding.ASCII.GetBytes(token + "\n"));
    }

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

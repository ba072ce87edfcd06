using System.Text.Json;

namespace FineWebTorch.Common;

/// <summary>
/// What a coordinator leaves for workers that were not told where it listens: in its run folder, and in a folder of its
/// user's that nobody else writes to. Goes when the coordinator ends; one that was killed leaves it behind, but not the
/// lock of its run, by which it counts.
/// </summary>
/// <param name="Address">Where it listens; perhaps on every address of its machine.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Process">Its process id there.</param>
/// <param name="RunFolder">Absolute.</param>
/// <param name="User">Who started it.</param>
public sealed record CoordinatorNotice(Uri Address, string Host, int Process, string RunFolder, string User)
{
    /// <summary>Its name in a run folder.</summary>
    public const string FileName = "coordinator.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>Of this process.</summary>
    public static CoordinatorNotice Of(Uri address, string runFolder) => new(
        address, Environment.MachineName, Environment.ProcessId, Path.GetFullPath(runFolder), Environment.UserName);

    /// <summary>Where this user's coordinators leave their notices.</summary>
    public static string UserFolder => Path.Combine(ProgramFolders.Cache, "coordinators");

    /// <summary>For the command line of a worker here; null where it cannot be reached from this machine.</summary>
    public Uri? Reachable => Host == Environment.MachineName ? ListenAddress.OnThisMachine(Address)
        : Address.IsLoopback ? null
        : ListenAddress.ForOthers(Address, Host);

    public override string ToString() => $"{Reachable ?? Address} (run folder {RunFolder}, user {User})";

    /// <summary>Leaves the notice; disposing the result takes it away.</summary>
    /// <param name="userFolder">Made where it is missing. Where that is refused, the run folder has to do.</param>
    public IDisposable Leave(string userFolder)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        var inRun = Path.Combine(RunFolder, FileName);
        var inUser = Path.Combine(userFolder, $"{Sha256.Of(RunFolder)[..12]}.json");
        Try(() => AtomicFile.Write(inRun, content));
        Try(() => PrivateFile.Write(inUser, content));
        return new Departure([inRun, inUser]);
    }

    /// <summary>The coordinators that run now, those of the folder first.</summary>
    /// <param name="folder">A run folder, or one with runs in <c>runs/</c>.</param>
    /// <param name="userFolder">As for <see cref="Leave"/>.</param>
    public static IReadOnlyList<CoordinatorNotice> Find(string folder, string userFolder)
    {
        string[] here = [Path.Combine(folder, FileName), .. FilesIn(Path.Combine(folder, "runs"), FileName, depth: 1)];
        return [.. here.Concat(FilesIn(userFolder, "*.json", depth: 0)).Select(Read).OfType<CoordinatorNotice>()
            .Where(notice => notice.Reachable is not null && IsLocked(notice.RunFolder))
            .DistinctBy(notice => notice.RunFolder)];
    }

    private static string[] FilesIn(string folder, string pattern, int depth)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = depth > 0,
            MaxRecursionDepth = depth,
            IgnoreInaccessible = true,
        };
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, pattern, options).Order()] : [];
    }

    private static CoordinatorNotice? Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize<CoordinatorNotice>(File.ReadAllBytes(path), Json);
            return read is { Address.IsAbsoluteUri: true, Host: not null, RunFolder: not null } ? read : null;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a coordinator holds the lock of its run folder, which goes with the process.</summary>
    private static bool IsLocked(string runFolder)
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(runFolder, "lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>A worker can be told the address as well: a run does not fail for want of a notice.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            _ = refused;
        }
    }

    private sealed class Departure(string[] paths) : IDisposable
    {
        public void Dispose()
        {
            foreach (var path in paths)
                Try(() => File.Delete(path));
        }
    }
}

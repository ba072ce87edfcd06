using System.Text.RegularExpressions;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Cleaning;

/// <summary>Finds what runs have left behind and nobody needs any more.</summary>
/// <param name="cache">Of the workers on this machine.</param>
/// <param name="temporary">Where programs put temporary files.</param>
/// <param name="time">What is younger than a day may still be in use by someone who holds no lock.</param>
internal sealed partial class Leftovers(string cache, string temporary, TimeProvider time)
{
    private static readonly TimeSpan Young = TimeSpan.FromDays(1);

    /// <param name="folder">Where runs are looked for, see <see cref="RunFinder"/>.</param>
    public IReadOnlyList<Leftover> Find(string folder)
    {
        var runs = RunFinder.Find(folder).Select(run => KnownRun.Of(run.Path)).OfType<KnownRun>().ToList();
        var unfinished = runs.Where(run => !run.IsDone).Select(run => run.RunId).ToHashSet(StringComparer.Ordinal);
        return [.. runs.Where(run => run.IsDone).Select(run => StateFiles.Of(run.Path, run.Output))
            .Concat(runs.Where(run => !run.IsRunning).SelectMany(run => Partial(run.Path, deep: false)))
            .Concat(runs.Where(run => !HubPaths.IsHub(run.Output)).Select(run => run.Output)
                .Distinct(StringComparer.Ordinal).SelectMany(output => InOutput(output, runs, unfinished)))
            .Concat(new CacheLeftovers(cache, IsOld).Find())
            .Concat(Footers())
            .Concat(RefusedStarts(folder, runs))
            .DistinctBy(leftover => leftover.Path)];
    }

    /// <summary>Shards on their way, of runs that are finished or that nobody has worked on for long.</summary>
    private IEnumerable<Leftover> InOutput(string output, List<KnownRun> runs, HashSet<string> unfinished)
    {
        if (!Directory.Exists(output) || RunLock.IsTaken(RunPlaces.OwnFolder(output)))
            return [];
        var done = runs.Where(run => run.IsDone).Select(run => run.RunId).ToHashSet(StringComparer.Ordinal);
        string[] parents = [RunPlaces.StagingRoot(output), Path.GetDirectoryName(RunPlaces.HeldFolder(output, "x"))!];
        return parents.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Where(folder => Path.GetFileName(folder) is var run && !unfinished.Contains(run) &&
                (done.Contains(run) || IsOld(folder)))
            .Select(folder => Leftover.OfFolder(folder, "parts of a run that nobody goes on with"))
            .Concat(Partial(Path.Combine(output, ShardNames.NumberedFolder), deep: true))
            .Concat(Partial(RunPlaces.ManifestsOf(output), deep: true));
    }

    /// <summary>What an <see cref="AtomicFile"/> leaves where its process is killed.</summary>
    private IEnumerable<Leftover> Partial(string folder, bool deep)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = deep,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, ".*.partial", options)
            .Where(IsOld).Select(file => Leftover.OfFile(file, "half-written file"));
    }

    /// <summary>Footers of files on the Hub that were read by a process that was killed.</summary>
    private IEnumerable<Leftover> Footers() => Directory.EnumerateFiles(temporary, "fineweb-*")
        .Where(file => Footer().IsMatch(Path.GetFileName(file)) && IsOld(file))
        .Select(file => Leftover.OfFile(file, "footer of a file on the Hub"));

    /// <summary>What starts have read of their inputs from which no run came.</summary>
    private IEnumerable<Leftover> RefusedStarts(string folder, List<KnownRun> runs) => RunFinder.Folders(folder)
        .Except(runs.Select(run => run.Path), StringComparer.Ordinal)
        .SelectMany(path => new[] { ListingJournal.FileName, FooterJournal.FileName }
            .Select(name => Path.Combine(path, name)))
        .Where(file => File.Exists(file) && IsOld(file))
        .Select(file => Leftover.OfFile(file, "what a start has read of its input from which no run came") with
        {
            Remove = () =>
            {
                File.Delete(file);
                RunPlaces.RemoveIfEmpty(Path.GetDirectoryName(file)!);
            },
        });

    private bool IsOld(string path) => time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > Young;

    [GeneratedRegex(@"^fineweb-[a-z0-9]{8}\.[a-z0-9]{3}$")]
    private static partial Regex Footer();

    /// <param name="IsDone">Finished without a failed file, its shards where readers find them.</param>
    private sealed record KnownRun(string Path, string RunId, string Output, bool IsRunning, bool IsDone)
    {
        /// <returns>Null where the ledger cannot be read: then nothing of it is touched.</returns>
        public static KnownRun? Of(string path)
        {
            try
            {
                using var run = StoredRun.Open(path);
                return new KnownRun(
                    path, run.Core.Run.RunId, run.Spec.Output, run.IsRunning,
                    run.Condition == RunCondition.Finished &&
                    run.Core.Files.CountOf(FileStage.Done) == run.Core.Files.Count);
            }
            catch (UserErrorException)
            {
                return null;
            }
        }
    }
}

/// <summary>Something that can go.</summary>
/// <param name="Path">Of a file or folder.</param>
/// <param name="What">In words.</param>
/// <param name="Bytes">That become free.</param>
/// <param name="Remove">Fails with an <see cref="IOException"/> or <see cref="UserErrorException"/>.</param>
internal sealed record Leftover(string Path, string What, long Bytes, Action Remove)
{
    private static readonly EnumerationOptions Own = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    public static Leftover OfFile(string path, string what) =>
        new(path, what, new FileInfo(path).Length, () => File.Delete(path));

    /// <summary>With all that is in it; links are removed and not followed.</summary>
    public static Leftover OfFolder(string path, string what) =>
        new(path, what, SizeOf(path), () =>
        {
            Directory.Delete(path, recursive: true);
            RunPlaces.RemoveIfEmpty(System.IO.Path.GetDirectoryName(path)!);
        });

    public static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", Own).Sum(file => file.Length);
}

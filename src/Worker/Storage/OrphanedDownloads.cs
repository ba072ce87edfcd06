using System.Text.RegularExpressions;
using FineWebTorch.Common;
using FineWebTorch.Hub;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// Beginnings of files whose downloading process has died, as <c>SHA256.xxxxxxxx.incomplete</c>, for whoever downloads
/// the same content next. One process alone ever writes to a file: it takes a beginning by renaming it into its own
/// folder, and a rename succeeds once. That a beginning is right is nobody's word: the download that continues it
/// hashes it too, and starts over where the whole has another digest. Files without a digest are not continued.
/// </summary>
internal sealed partial class OrphanedDownloads(string folder, TimeProvider time)
{
    /// <summary>A run that has not come back for them by then is not coming.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    /// <summary>The name of a download in its process's folder: by content, where that is known.</summary>
    /// <param name="number">Of this download alone.</param>
    /// <param name="name">As the coordinator has it; its ending alone is made use of.</param>
    public static string NameOf(uint number, string name, string sha256)
    {
        var ending = Ending().Match(name).Value;
        return Sha256.IsOne(sha256) ? $"{number}-{sha256}{ending}" : $"{number}{ending}";
    }

    /// <summary>Keeps what a dead process was downloading.</summary>
    /// <param name="inputs">Its folder; nobody else may be collecting it.</param>
    public void Collect(string inputs)
    {
        if (!Directory.Exists(inputs))
            return;
        foreach (var path in Directory.EnumerateFiles(inputs))
        {
            if (Unfinished().Match(Path.GetFileName(path)) is not { Success: true } name)
                continue;
            Directory.CreateDirectory(folder);
            File.Move(path, IncompleteFiles.NewName(Path.Combine(folder, name.Groups[1].Value)));
        }
    }

    /// <summary>Makes the longest beginning of a content the file that its download continues.</summary>
    /// <param name="path">Where there is a file already, it stays.</param>
    public void Adopt(string sha256, string path)
    {
        if (!Sha256.IsOne(sha256) || File.Exists(path) || !Directory.Exists(folder))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        IncompleteFiles.TakeOver(Path.Combine(folder, sha256), path);
    }

    public void RemoveStale()
    {
        if (!Directory.Exists(folder))
            return;
        var end = time.GetUtcNow() - Life;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            // One that another process takes meanwhile is gone, which is no error.
            if (file.LastWriteTimeUtc < end)
                file.Delete();
        }
    }

    [GeneratedRegex(@"\.[A-Za-z0-9]{1,16}\z")]
    private static partial Regex Ending();

    [GeneratedRegex(@"^[0-9]+-([0-9a-f]{64})(\.[^.]*)?\.incomplete$")]
    private static partial Regex Unfinished();
}

namespace FineWebTorch.Coordinator.Cleaning;

/// <summary>What workers on this machine have left in their cache, and can fetch again.</summary>
/// <param name="isOld">Whether nobody has written to a file or folder for long.</param>
internal sealed class CacheLeftovers(string cache, Func<string, bool> isOld)
{
    private readonly string _temporary = Path.Combine(cache, "temporary");

    public IEnumerable<Leftover> Find()
    {
        string[] locks = Directory.Exists(_temporary) ? Directory.GetFiles(_temporary, "*.lock") : [];
        var live = locks.Where(IsLocked).Select(file => Path.ChangeExtension(file, null)).ToHashSet();
        foreach (var folder in Below(_temporary).Where(folder => !live.Contains(folder) && isOld(folder)))
            yield return Leftover.OfFolder(folder, "copies of a worker that is gone");
        foreach (var file in locks.Where(file => !live.Contains(Path.ChangeExtension(file, null)) && isOld(file)))
            yield return Leftover.OfFile(file, "lock of a worker that is gone");
        if (live.Count == 0 && Directory.Exists(Path.Combine(cache, "models")))
            yield return Leftover.OfFolder(Path.Combine(cache, "models"), "models fetched from coordinators");
    }

    private static string[] Below(string folder) => Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];

    /// <summary>A worker that lives holds it.</summary>
    private static bool IsLocked(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}

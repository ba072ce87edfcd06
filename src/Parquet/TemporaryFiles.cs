namespace FineWebTorch.Parquet;

/// <summary>The names under which output is written before it is complete.</summary>
public static class TemporaryFiles
{
    private const string Marker = ".fineweb-partial";

    /// <summary>
    /// Deletes what a killed program left in a folder. A file that is still being written is safe as long as its
    /// writer touches it more often than <paramref name="unusedFor"/>.
    /// </summary>
    /// <returns>How many files were deleted.</returns>
    public static int Sweep(string folder, TimeSpan unusedFor, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        if (!Directory.Exists(folder))
            return 0;
        var before = clock.GetUtcNow().UtcDateTime - unusedFor;
        return Directory.EnumerateFiles(folder, $".*{Marker}*")
            .Where(path => File.GetLastWriteTimeUtc(path) <= before)
            .Count(TryDelete);
    }

    /// <summary>A name in the same folder, short enough however long the file's own is.</summary>
    internal static string NameFor(string path)
    {
        const int LongestPrefix = 40;
        var name = Path.GetFileName(path);
        var prefix = name[..Math.Min(name.Length, LongestPrefix)];
        return Path.Combine(Path.GetDirectoryName(path)!, $".{prefix}.{Path.GetRandomFileName()}{Marker}");
    }

    internal static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another sweep may be quicker, and what is left over harms nobody.
            return false;
        }
    }
}

using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>Knows a full disk, or a quota that is used up, in whatever a library makes of it.</summary>
public static partial class DiskFaults
{
    /// <summary>ENOSPC; EDQUOT of Linux and of macOS; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.</summary>
    private static readonly int[] Codes = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>What libraries of C and C++ leave of the code: strerror's words, and SQLite's.</summary>
    private static readonly string[] Words = ["No space left on device", "disk is full", "Disk quota exceeded"];

    public static bool IsFull(Exception exception) => Chain(exception).Any(one =>
        (one is IOException && Codes.Contains(one.HResult)) ||
        Words.Any(words => one.Message.Contains(words, StringComparison.Ordinal)));

    /// <summary>Of an exception that <see cref="IsFull"/>: one line that says where, as far as it is known.</summary>
    public static string Describe(Exception exception)
    {
        var folder = Chain(exception).SelectMany(one => Quoted().Matches(one.Message))
            .Select(match => match.Groups[1].Value).FirstOrDefault(Path.IsPathRooted) is { } path
                ? Path.GetDirectoryName(path)
                : null;
        return "the disk is full: " +
            (folder is null ? exception.Message.TrimEnd('.') : $"there is no room for more in {folder}") +
            "; make room, then give the same command again";
    }

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
            yield return one;
    }

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}

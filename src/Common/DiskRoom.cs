namespace FineWebTorch.Common;

/// <summary>The disk that a folder is on.</summary>
/// <param name="Disk">Where it is mounted: folders with the same one share its room.</param>
/// <param name="Free">In bytes, for this user.</param>
public sealed record DiskRoom(string Disk, long Free)
{
    private static readonly StringComparison Names =
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <param name="folder">Need not exist yet: the nearest one above it that does is looked at.</param>
    /// <exception cref="IOException">There is no such disk.</exception>
    public static DiskRoom Of(string folder)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing) ?? throw new IOException($"{folder}: there is no such disk");
        var mount = DriveInfo.GetDrives().Select(drive => drive.RootDirectory.FullName)
            .Where(root => IsBelow(existing, root)).MaxBy(root => root.Length) ?? existing;
        return new DiskRoom(mount, new DriveInfo(existing).AvailableFreeSpace);
    }

    private static bool IsBelow(string folder, string root) => folder.Equals(root, Names) ||
        root.Equals(Path.GetPathRoot(folder), Names) ||
        folder.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, Names);
}

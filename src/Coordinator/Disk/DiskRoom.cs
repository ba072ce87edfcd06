namespace FineWebTorch.Coordinator.Disk;

/// <summary>The disk that a folder is on.</summary>
/// <param name="Disk">Where it is mounted: folders with the same one share its room.</param>
/// <param name="Free">In bytes.</param>
internal sealed record DiskRoom(string Disk, long Free)
{
    /// <param name="folder">Absolute; need not exist yet.</param>
    public static DiskRoom Of(string folder)
    {
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        var mount = DriveInfo.GetDrives().Select(drive => drive.RootDirectory.FullName)
            .Where(root => IsBelow(folder, root)).MaxBy(root => root.Length) ?? folder;
        return new DiskRoom(mount, new DriveInfo(folder).AvailableFreeSpace);
    }

    private static bool IsBelow(string folder, string root) => folder == root ||
        root == Path.GetPathRoot(folder) ||
        folder.StartsWith(
            Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}

using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>
/// Which file or folder a path leads to, whatever the spelling: two paths with the same identity are links or spellings
/// of one thing.
/// </summary>
/// <param name="Device">Of the file system; 0 where <paramref name="Path"/> says all.</param>
/// <param name="Inode">On the device; 0 where <paramref name="Path"/> says all.</param>
/// <param name="Path">
/// Where the system gives no numbers, the path without links, so that hard links there count as files of their own;
/// else empty.
/// </param>
public readonly partial record struct FileIdentity(ulong Device, ulong Inode, string Path)
{
    /// <summary>Follows links.</summary>
    /// <returns>Null where there is nothing, or nothing that this user may look at.</returns>
    public static FileIdentity? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return System.IO.Path.Exists(path) ? new FileIdentity(0, 0, Comparable(RealPath(path))) : null;
        const int currentFolder = -100;
        const uint inode = 0x100;
        return Statx(currentFolder, System.IO.Path.GetFullPath(path), flags: 0, inode, out var status) == 0
            ? new FileIdentity(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, "")
            : null;
    }

    /// <summary>Whether there is a file that holds its content: no folder, device, pipe or terminal.</summary>
    public static bool IsRegularFile(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.Exists(path);
        const int currentFolder = -100;
        const uint type = 0x1;
        const int typeBits = 0xF000;
        const int regular = 0x8000;
        return Statx(currentFolder, System.IO.Path.GetFullPath(path), flags: 0, type, out var status) == 0 &&
            (status.Mode & typeBits) == regular;
    }

    /// <summary>Whether both paths lead to one file or folder that is there.</summary>
    public static bool Same(string one, string other) => Of(one) is { } identity && identity == Of(other);

    /// <summary>The absolute path without links. What does not exist of it stays as it is.</summary>
    public static string RealPath(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.GetDirectoryName(full) is not { } parent)
            return full;
        var here = System.IO.Path.Combine(RealPath(parent), System.IO.Path.GetFileName(full));
        try
        {
            return new FileInfo(here).ResolveLinkTarget(returnFinalTarget: true) is { } target
                ? RealPath(target.FullName)
                : here;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Links that lead to each other, or something that this user may not look at.
            return here;
        }
    }

    /// <summary>The folder itself, or something below it, by their real places.</summary>
    public static bool IsWithin(string path, IReadOnlySet<FileIdentity> folders)
    {
        if (folders.Count == 0)
            return false;
        for (var here = RealPath(path); here is not null; here = System.IO.Path.GetDirectoryName(here))
        {
            if (Of(here) is { } identity && folders.Contains(identity))
                return true;
        }

        return false;
    }

    private static string Comparable(string path) =>
        OperatingSystem.IsWindows() ? path.ToUpperInvariant() : path;

    /// <summary>One call with one layout on all architectures, which stat(2) has not.</summary>
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Status status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>Files that appear whole or not at all, and are there after a power failure.</summary>
internal static partial class DurableFiles
{
    /// <summary>Moves a file that has been flushed already; replaces what is there.</summary>
    public static void Move(string source, string destination)
    {
        var folder = Path.GetDirectoryName(destination)!;
        Directory.CreateDirectory(folder);
        File.Move(source, destination, overwrite: true);
        FlushFolder(folder);
    }

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".partial";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Move(temporary, path);
    }

    /// <summary>A rename is durable once its folder is; Windows has no such call and needs none.</summary>
    private static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const int readOnly = 0;
        using var folder = new SafeFileHandle(OpenFolder(path, readOnly), ownsHandle: true);
        if (!folder.IsInvalid)
            _ = Flush(folder.DangerousGetHandle());
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(nint descriptor);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Common;

/// <summary>
/// A file that appears under its name, or replaces the one of that name, only when it is complete; from then on it
/// outlives a power failure. Until then it has a name of its own; disposing it uncommitted leaves nothing.
/// </summary>
public sealed partial class AtomicFile : IDisposable
{
    private const int BufferSize = 1 << 16;

    private readonly string _path;

    private AtomicFile(string path, string scratch)
    {
        _path = path;
        TemporaryPath = TemporaryNameFor(Path.GetFileName(path), scratch);
        Stream = new FileStream(TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferSize);
    }

    /// <summary>Where the content is until it is committed. Others may read it meanwhile.</summary>
    public string TemporaryPath { get; }

    /// <summary>Takes the content.</summary>
    public FileStream Stream { get; }

    /// <param name="scratch">
    /// Folder of the same file system in which it lies until it is committed; null: beside its place. Somebody clears that
    /// folder of what a killed process has left there.
    /// </param>
    /// <exception cref="IOException">The file cannot be created there; the message names the path.</exception>
    public static AtomicFile Create(string path, string? scratch = null)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new IOException($"{path}: is a folder; name a file");
        var folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: there is no folder {folder}; create it first");
        return new AtomicFile(full, scratch ?? folder);
    }

    /// <summary>Puts the file in its place.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        Move(TemporaryPath, _path);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // What was not committed need not reach a disk that has no room for it.
        }
        finally
        {
            File.Delete(TemporaryPath);
        }
    }

    /// <summary>A whole file at once. Its folder is made where it is missing, and so is the other one.</summary>
    /// <inheritdoc cref="Create"/>
    public static void Write(string path, ReadOnlySpan<byte> content, string? scratch = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (scratch is not null)
            Directory.CreateDirectory(scratch);
        using var file = Create(path, scratch);
        file.Stream.Write(content);
        file.Commit();
    }

    /// <summary>
    /// Renames a file whose content has been flushed to disk (<see cref="FileStream.Flush(bool)"/>); replaces what is
    /// there. The destination's folder is made where it is missing.
    /// </summary>
    public static void Move(string source, string destination)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(destination))!;
        Directory.CreateDirectory(folder);
        File.Move(source, destination, overwrite: true);
        FlushFolder(folder);
    }

    /// <summary>Hidden, so that nobody takes it for data, and short however long the file's own name is.</summary>
    private static string TemporaryNameFor(string name, string folder)
    {
        const int longestPrefix = 40;
        return Path.Combine(
            folder,
            $".{name[..Math.Min(name.Length, longestPrefix)]}.{Path.GetRandomFileName()}.partial");
    }

    /// <summary>
    /// A rename is durable once its folder is, which .NET cannot open. Windows needs no such call, and a file system
    /// that refuses it writes names at once.
    /// </summary>
    private static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const int readOnly = 0;
        using var folder = new SafeFileHandle(OpenFolder(path, readOnly), ownsHandle: true);
        if (!folder.IsInvalid)
            RandomAccess.FlushToDisk(folder);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);
}

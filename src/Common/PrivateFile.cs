using System.Text;

namespace FineWebTorch.Common;

/// <summary>Files of one user alone: of mode 600, in folders of mode 700 where they are made for them.</summary>
public static class PrivateFile
{
    /// <summary>Makes the file, or another one in its place; its folder too, where it is missing.</summary>
    /// <exception cref="IOException">It cannot be made there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = AtomicFile.Create(path);
        // Before there is anything in it.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file.TemporaryPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        file.Stream.Write(content);
        file.Commit();
    }

    /// <summary>The text that the file holds; where it holds none of its kind, one that is made and kept there.</summary>
    /// <param name="isOne">Whether a text is of that kind.</param>
    /// <param name="make">ASCII.</param>
    /// <exception cref="IOException">It cannot be kept there.</exception>
    public static string ReadOrMake(string path, Func<string, bool> isOne, Func<string> make)
    {
        ArgumentNullException.ThrowIfNull(isOne);
        ArgumentNullException.ThrowIfNull(make);
        if (TryRead(path) is { } known && isOne(known))
            return known;
        var text = make();
        Write(path, Encoding.ASCII.GetBytes(text + "\n"));
        return text;
    }

    /// <summary>A folder that is there already stays as it is.</summary>
    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <returns>Null where there is none, or none that this user may read.</returns>
    public static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

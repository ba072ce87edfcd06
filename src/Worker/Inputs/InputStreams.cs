namespace FineWebTorch.Worker.Inputs;

/// <summary>Opens files of lines, plain or compressed.</summary>
internal static class InputStreams
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>What an input is called in messages.</summary>
    public static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <param name="path">A file, or "-"; gzip is recognised by its first bytes, whatever the name.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be opened.</exception>
    public static Stream Open(string path)
    {
        if (path == StandardInput)
            return Unpacked(Console.OpenStandardInput());
        if (Directory.Exists(path))
            throw new IOException($"{path}: is a folder; give a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file", path);
        return Unpacked(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
    }

    /// <summary>The same bytes, or what they unpack to where they begin as gzip does.</summary>
    public static Stream Unpacked(Stream stream)
    {
        var head = new byte[2];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(head.AsMemory(0, length), stream);
        return head is [0x1F, 0x8B] ? new CheckedGzipStream(whole) : whole;
    }
}

using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>
/// Reads a log from its oldest line on, through the files that were put aside, while it is written to. See
/// <see cref="RotatedLines"/>.
/// </summary>
internal sealed class LogTail(string path) : IDisposable
{
    /// <summary>Far more than a line has; what is longer is no log.</summary>
    private const int MostOfLine = 1 << 20;

    /// <summary>Enough to tell one file from another: its first line has the time in millionths of a second.</summary>
    private const int HeadLength = 128;

    /// <summary>More than are kept beside the newest.</summary>
    private const int MostOld = 16;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly List<byte> _line = [];
    private FileStream? _part;
    private byte[] _head = [];
    private int _next;
    private int _read;

    public string Name { get; } = Path.GetFileNameWithoutExtension(path);

    /// <returns>Null where there is none now; there may be one later.</returns>
    public string? Next()
    {
        while (true)
        {
            if (_part is not null && NextOfPart() is { } line)
                return line;
            if (NewerPart() is not { } newer)
                return null;
            // What was written between the last look and the rotation.
            if (_part is not null && NextOfPart() is { } last)
                return last;
            Open(newer);
        }
    }

    public void Dispose() => _part?.Dispose();

    private string? NextOfPart()
    {
        while (true)
        {
            while (_next < _read)
            {
                var next = _buffer[_next++];
                if (next != '\n' && _line.Count < MostOfLine)
                    _line.Add(next);
                else if (next == '\n')
                {
                    var line = Encoding.UTF8.GetString([.. _line]);
                    _line.Clear();
                    return line;
                }
            }

            (_next, _read) = (0, _part!.Read(_buffer));
            if (_read == 0)
                return null;
        }
    }

    /// <returns>The one after the present one, or the oldest; null where there is none.</returns>
    private string? NewerPart()
    {
        var parts = Enumerable.Range(0, MostOld + 1).Select(age => RotatedLines.PartOf(path, age)).Reverse()
            .Select(part => (Path: part, Head: HeadOf(part))).Where(part => part.Head.Length > 0).ToList();
        var here = parts.FindIndex(part => _part is not null && part.Head.AsSpan().StartsWith(_head));
        return here + 1 < parts.Count ? parts[here + 1].Path : null;
    }

    private void Open(string part)
    {
        _part?.Dispose();
        _line.Clear();
        (_next, _read) = (0, 0);
        _part = OpenToRead(part);
        _head = _part is null ? [] : HeadOf(_part);
        _part?.Seek(0, SeekOrigin.Begin);
    }

    private static byte[] HeadOf(string part)
    {
        using var file = OpenToRead(part);
        return file is null ? [] : HeadOf(file);
    }

    /// <returns>Of its first line; empty before that is whole.</returns>
    private static byte[] HeadOf(FileStream file)
    {
        var head = new byte[HeadLength];
        var length = file.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false);
        var end = Array.IndexOf(head, (byte)'\n', 0, length);
        return end >= 0 ? head[..end] : length == HeadLength ? head : [];
    }

    private static FileStream? OpenToRead(string part)
    {
        try
        {
            return new FileStream(part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

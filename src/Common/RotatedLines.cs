using System.Text;

namespace FineWebTorch.Common;

/// <summary>
/// A file of lines for one process, which holds whole lines only, whatever ends the process or fills the disk. One that has
/// grown too large is put aside, <c>x.1.jsonl</c> beside <c>x.jsonl</c> and so on, and so many old ones are kept. It is not
/// flushed to the disk at each line: a power failure may take the last ones. Used by one thread at a time.
/// </summary>
public sealed class RotatedLines(string path) : IDisposable
{
    /// <summary>Where a lock stands in the way of nobody who reads.</summary>
    private const long BehindAll = long.MaxValue - 1;

    private FileStream? _file;

    /// <summary>Up to which the file holds whole lines.</summary>
    private long _length;

    public string Path => path;

    /// <summary>Bytes of a file at most.</summary>
    public long MostBytes { get; init; } = 16 << 20;

    /// <summary>Files that are kept beside the newest.</summary>
    public int MostOld { get; init; } = 4;

    /// <summary>Files that it makes are of mode 600, and no other process may write to them meanwhile.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Makes the file where it is missing, which the first line would do otherwise.</summary>
    /// <exception cref="FileTakenException">Another process writes to it.</exception>
    /// <exception cref="IOException">It cannot be made there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public void Open() => _file ??= OpenFile();

    /// <summary>Adds a line.</summary>
    /// <exception cref="IOException">Nothing of it is in the file; the next one may find room.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        try
        {
            Open();
            if (_length > 0 && _length + bytes.Length > MostBytes)
                Rotate();
            RandomAccess.Write(_file!.SafeFileHandle, bytes, _length);
            _length += bytes.Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            CutHalfLine();
            throw;
        }
    }

    public void Dispose() => Close();

    /// <summary>Where a file of this path lies when so many have come after it.</summary>
    /// <param name="age">0 for the newest.</param>
    public static string PartOf(string path, int age) =>
        age == 0 ? path : System.IO.Path.ChangeExtension(path, $".{age}{System.IO.Path.GetExtension(path)}");

    /// <summary>What a process that was killed has left of a line goes.</summary>
    private FileStream OpenFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (IsPrivate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        try
        {
            if (IsPrivate)
                Claim(file);
            _length = WholeLines(file);
            if (file.Length > _length)
                file.SetLength(_length);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>File systems without locks do without: there nobody is kept away.</summary>
    private void Claim(FileStream file)
    {
        const int tryAgain = 11, lockViolation = 33;
        if (OperatingSystem.IsMacOS())
            return;
        try
        {
            file.Lock(BehindAll, 1);
        }
        catch (IOException taken) when ((taken.HResult & 0xFFFF) is tryAgain or lockViolation)
        {
            throw new FileTakenException($"{path}: another process writes to it; name another file", taken);
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            _ = none;
        }
    }

    private static long WholeLines(FileStream file)
    {
        var last = new byte[1];
        var length = file.Length;
        while (length > 0 && RandomAccess.Read(file.SafeFileHandle, last, length - 1) == 1 && last[0] != '\n')
            length--;
        return length;
    }

    /// <summary>What a full disk has left of a line goes.</summary>
    private void CutHalfLine()
    {
        try
        {
            _file?.SetLength(_length);
        }
        catch (IOException)
        {
            // Whoever opens it next does so.
        }

        Close();
    }

    private void Rotate()
    {
        Close();
        for (var age = MostOld; age > 0; age--)
        {
            var younger = PartOf(path, age - 1);
            if (File.Exists(younger))
                File.Move(younger, PartOf(path, age), overwrite: true);
        }

        Open();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}

/// <summary>A file that another process writes to.</summary>
public sealed class FileTakenException(string message, Exception inner) : IOException(message, inner);

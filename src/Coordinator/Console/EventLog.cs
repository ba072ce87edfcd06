using System.Text;
using System.Text.Json;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// The events of a run in its folder, one JSON object a line: written before anyone is told, so that no end of this
/// process loses what was told. It is not flushed to the disk at each line, as the ledger is: a power failure may take
/// the last ones. A file that has grown too large is put aside, and so many old ones are kept.
/// </summary>
internal sealed class EventLog : IRunObserver, IDisposable
{
    public const string FileName = "events.jsonl";

    /// <summary>The last event of a session; with its reason where that stopped by itself.</summary>
    public const string EndedEvent = "ended";

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly IRunObserver _next;
    private readonly TimeProvider _time;
    private FileStream? _file;

    /// <summary>Up to which the file holds whole lines.</summary>
    private long _length;

    private int _lost;
    private bool _hasComplained;

    /// <param name="next">Hears of every event after it is written, and, once, that none can be.</param>
    public EventLog(string runFolder, IRunObserver next, TimeProvider time) =>
        (_path, _next, _time) = (Path.Combine(runFolder, FileName), next, time);

    /// <summary>Bytes of a file at most.</summary>
    public long MostBytes { get; init; } = 16 << 20;

    /// <summary>Files that are kept beside the newest.</summary>
    public int MostOld { get; init; } = 4;

    public void Observe(RunEvent happened)
    {
        Note(EventJson.NameOf(happened), happened);
        _next.Observe(happened);
    }

    /// <summary>Why the last session of a run that stopped by itself has done so, as its last event says.</summary>
    /// <returns>Null: the last event is another one, as where the process was killed, or there is none.</returns>
    public static string? WhyStopped(string runFolder)
    {
        try
        {
            var last = File.ReadLines(Path.Combine(runFolder, FileName)).LastOrDefault();
            using var ended = JsonDocument.Parse(last ?? "null");
            return ended.RootElement is { ValueKind: JsonValueKind.Object } line &&
                line.TryGetProperty("event", out var name) && name.ValueEquals(EndedEvent) &&
                line.TryGetProperty("reason", out var reason)
                    ? reason.GetString()
                    : null;
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Writes what nobody is told.</summary>
    /// <param name="name">Of the event.</param>
    /// <param name="content">Its members are those of the line.</param>
    public void Note(string name, object content)
    {
        Exception? trouble = null;
        lock (_lock)
        {
            try
            {
                if (_lost > 0)
                    Write(EventJson.Line("events_lost", _time, new { Events = _lost }));
                _lost = 0;
                Write(EventJson.Line(name, _time, content));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                CutHalfLine();
                _lost++;
                trouble = _hasComplained ? null : exception;
                _hasComplained = true;
            }
        }

        if (trouble is not null)
            _next.Observe(new RunEvent.Warning(
                $"{_path} cannot be written ({trouble.Message}); the run goes on without it"));
    }

    public void Dispose() => Close();

    /// <summary>Old files, the newest first.</summary>
    private string OldPath(int age) => Path.ChangeExtension(_path, $".{age}.jsonl");

    private void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        _file ??= Open();
        if (_length > 0 && _length + bytes.Length > MostBytes)
            Rotate();
        RandomAccess.Write(_file.SafeFileHandle, bytes, _length);
        _length += bytes.Length;
    }

    /// <summary>What a process that was killed has left of a line goes.</summary>
    private FileStream Open()
    {
        var file = new FileStream(
            _path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _length = WholeLines(file);
        if (file.Length > _length)
            file.SetLength(_length);
        return file;
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
            var younger = age == 1 ? _path : OldPath(age - 1);
            if (File.Exists(younger))
                File.Move(younger, OldPath(age), overwrite: true);
        }

        _file = Open();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}

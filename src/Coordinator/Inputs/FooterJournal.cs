using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// What the footers of a new run's files say, kept in its folder until its ledger has it: a start that is killed or
/// refused after tens of thousands of files goes on from where it was. A few files are read anew and leave no journal.
/// </summary>
/// <param name="folder">Of the run; need not be there.</param>
/// <param name="spec">With other options a footer may say another thing.</param>
/// <param name="least">Footers from which on it is worth keeping them.</param>
internal sealed class FooterJournal(string folder, RunSpec spec, int least = 256) : IDisposable
{
    public const string FileName = "footers.jsonl";

    private readonly string _path = Path.Combine(folder, FileName);
    private readonly string _head = $"{ProgramVersion.Current} {spec.Digest}";
    private readonly Dictionary<string, Footer> _known = new(StringComparer.Ordinal);
    private readonly List<Footer> _unwritten = [];
    private readonly Lock _lock = new();
    private StreamWriter? _writer;
    private bool _hasFailed;

    /// <summary>Takes over what an earlier start has left.</summary>
    public void Read()
    {
        try
        {
            if (!File.Exists(_path))
                return;
            using var lines = File.ReadLines(_path).GetEnumerator();
            if (!lines.MoveNext() || lines.Current != _head)
                return;
            while (lines.MoveNext())
            {
                if (Parse(lines.Current) is { } footer)
                    _known[footer.Path] = footer;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whatever is wrong there is said by whoever creates the run; until then the footers are read again.
        }
    }

    /// <returns>Null where the file was not read, or is another by now.</returns>
    public InputInspection? Find(InputFileInfo file) =>
        _known.TryGetValue(file.Path, out var known) && known.Size == file.Size && known.Modified == file.ModifiedTicks
            ? new InputInspection(known.Rows, Fault: null, IsColumnFault: false)
            {
                Sha256 = known.Sha256,
                Columns = new ColumnSet(known.Columns, []),
                Warnings = known.Warnings,
            }
            : null;

    /// <summary>Any thread. What cannot be read is not kept: it may be there the next time.</summary>
    public void Add(InputFileInfo file, InputInspection inspection)
    {
        if (inspection is not { Fault: null, Columns: { } columns })
            return;
        lock (_lock)
        {
            _unwritten.Add(new Footer(
                file.Path, file.Size, file.ModifiedTicks, inspection.Rows, inspection.Sha256, columns.Digest,
                inspection.Warnings));
            if (_hasFailed || (_writer is null && _unwritten.Count < least))
                return;
            Write();
        }
    }

    /// <summary>The ledger has it all.</summary>
    public void Discard()
    {
        Dispose();
        File.Delete(_path);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private void Write()
    {
        try
        {
            _writer ??= Open();
            foreach (var footer in _unwritten)
                _writer.WriteLine(JsonSerializer.Serialize(footer));
            // To the system, where it outlives this process; a crash of the machine may cost some.
            _writer.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _hasFailed = true;
        }

        _unwritten.Clear();
    }

    /// <summary>Of an earlier start of the same command it goes on, in a line of its own.</summary>
    private StreamWriter Open()
    {
        Directory.CreateDirectory(folder);
        var writer = new StreamWriter(new FileStream(
            _path, _known.Count > 0 ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read));
        writer.WriteLine(_known.Count > 0 ? "" : _head);
        return writer;
    }

    /// <summary>Null for half a line.</summary>
    private static Footer? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Footer>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Footer(
        string Path, long Size, long Modified, long Rows, string? Sha256, string Columns,
        IReadOnlyList<string> Warnings);
}

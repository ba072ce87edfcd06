using System.Buffers;
using System.Text;
using System.Text.Unicode;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Records of comma-separated values whose first record names the columns. Blank lines are passed over and count for no
/// row; a byte order mark at the beginning is too.
/// </summary>
/// <param name="name">The input's name in messages.</param>
internal sealed class CsvReader(Stream stream, string name, RecordColumns columns) : IRecordReader
{
    private readonly LineReader _lines = new(stream, name);
    private readonly CsvRecord _record = new();
    private bool _isWhole;
    private long _firstLine;
    private string[]? _header;
    private int _text;
    private int _id;

    /// <summary>The first record as it stands in the file; empty before <see cref="ReadHeader"/>.</summary>
    public byte[] Header { get; private set; } = [];

    public bool IsReady()
    {
        while (!_isWhole && _lines.IsReady())
        {
            if (!ReadLine())
                return true;
        }

        return _isWhole;
    }

    /// <summary>Reads the names of the columns; nothing where it has done so already.</summary>
    /// <exception cref="InvalidDataException">A column is not there, or one of the new ones is.</exception>
    public void ReadHeader()
    {
        if (_header is not null)
            return;
        if (!TryReadRecord(out _))
            throw new InvalidDataException($"{name}: is empty; its first line must name the columns");
        _header = [.. Enumerable.Range(0, _record.Count).Select(i => Encoding.UTF8.GetString(_record[i]))];
        Header = _record.Raw.ToArray();
        _text = Column(columns.TextColumn, "--text-column");
        _id = columns.IdColumn is null || (!columns.RequiresId && !_header.Contains(columns.IdColumn))
            ? -1
            : Column(columns.IdColumn, "--id-column");
        if (columns.Added is not { } added)
            return;
        if (_header.FirstOrDefault(column => column == added.Score || column == added.IntScore) is { } existing)
            throw new InvalidDataException(
                $"{name}: has a column '{existing}' already; " +
                "give the new ones other names with --score-column and --int-score-column");
    }

    public bool TryRead(ArrayBufferWriter<byte> texts, out DocumentRecord record)
    {
        ReadHeader();
        record = default;
        if (!TryReadRecord(out var line))
            return false;
        if (_record.Count != _header!.Length)
            throw new BadRecordException(
                $"{name}: line {line} has {NumberText.Count(_record.Count, "value")}, where the first one names " +
                NumberText.Count(_header.Length, "column"));
        var text = _record[_text];
        var isUtf8 = Utf8.IsValid(text);
        record = new DocumentRecord(
            texts.WrittenCount, isUtf8 ? text.Length : 0,
            isUtf8 ? UnscorableReason.None : UnscorableReason.InvalidUnicode,
            _id < 0 ? null : new DocumentId(Encoding.UTF8.GetString(_record[_id])),
            columns.Added is null ? null : _record.Raw.ToArray());
        if (isUtf8)
            texts.Write(text);
        return true;
    }

    public void Dispose() => _lines.Dispose();

    private int Column(string column, string option)
    {
        var index = Array.IndexOf(_header!, column);
        return index >= 0 ? index : throw new InvalidDataException(
            $"{name}: has no column '{column}', only {string.Join(", ", _header!)}; name another with {option}");
    }

    /// <summary>Goes on to the next record, of which lines may have been read already.</summary>
    /// <param name="first">Number of the record's first line.</param>
    private bool TryReadRecord(out long first)
    {
        while (!_isWhole && ReadLine())
        {
        }

        first = _firstLine;
        if (!_isWhole && _record.IsOpen)
            throw new InvalidDataException($"{name}: line {first} opens a quote that is never closed");
        var any = _isWhole;
        _isWhole = false;
        return any;
    }

    /// <summary>Adds a line to the record.</summary>
    /// <returns>False at the end, or where the record is too long to be one.</returns>
    private bool ReadLine()
    {
        if (_record.Raw.Length > LineReader.MaxLineBytes || !_lines.TryRead(out var line))
            return false;
        if (!_record.IsOpen)
        {
            if (line.Trim("\r"u8).IsEmpty)
                return true;
            _record.Clear();
            _firstLine = _lines.LineNumber;
        }

        _record.Append(line);
        _isWhole = !_record.IsOpen;
        return true;
    }
}

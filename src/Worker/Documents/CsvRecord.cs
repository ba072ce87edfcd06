using System.Buffers;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// One record of comma-separated values, which may go over several lines, read as Python's csv module does: a quote
/// means something at the beginning of a value only.
/// </summary>
/// <remarks>
/// Sep, which writes our output, decodes before it splits, so that one value that is not UTF-8 would go unnoticed, and
/// takes a quote anywhere for the beginning of a quoted part.
/// </remarks>
internal sealed class CsvRecord
{
    private readonly ArrayBufferWriter<byte> _values = new();
    private readonly ArrayBufferWriter<byte> _raw = new();
    private readonly List<int> _ends = [];

    /// <summary>Values of the record.</summary>
    public int Count => _ends.Count;

    /// <summary>A value is in quotes that have not been closed yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>As it stands in the file, without its line end.</summary>
    public ReadOnlySpan<byte> Raw => _raw.WrittenSpan;

    public ReadOnlySpan<byte> this[int index] =>
        _values.WrittenSpan[(index == 0 ? 0 : _ends[index - 1]).._ends[index]];

    public void Clear()
    {
        _values.ResetWrittenCount();
        _raw.ResetWrittenCount();
        _ends.Clear();
        IsOpen = false;
    }

    /// <summary>The record's first line, or, where it <see cref="IsOpen"/>, its next one.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        var rest = line;
        if (IsOpen)
        {
            _raw.Write("\n"u8);
            _values.Write("\n"u8);
            rest = Quoted(rest);
        }
        else
            rest = Begin(rest);

        while (!IsOpen && !rest.IsEmpty)
            rest = Begin(rest[1..]);
        // The carriage return before a line feed belongs to the line end, unless it stands within quotes.
        _raw.Write(IsOpen || !line.EndsWith("\r"u8) ? line : line[..^1]);
    }

    /// <summary>A value from its beginning.</summary>
    /// <returns>What follows it, beginning with its comma; empty at the end of the line.</returns>
    private ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("\""u8) ? Quoted(rest[1..]) : Plain(rest);

    private ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> rest)
    {
        var comma = rest.IndexOf((byte)',');
        var value = comma < 0 ? rest : rest[..comma];
        _values.Write(comma < 0 && value.EndsWith("\r"u8) ? value[..^1] : value);
        _ends.Add(_values.WrittenCount);
        return comma < 0 ? [] : rest[comma..];
    }

    /// <summary>A value, or the next line of one, within its quotes.</summary>
    private ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> rest)
    {
        while (true)
        {
            var quote = rest.IndexOf((byte)'"');
            IsOpen = quote < 0;
            _values.Write(quote < 0 ? rest : rest[..quote]);
            if (IsOpen)
                return [];
            rest = rest[(quote + 1)..];
            // What follows the closing quote and is no comma belongs to the value too.
            if (!rest.StartsWith("\""u8))
                return Plain(rest);
            _values.Write("\""u8);
            rest = rest[1..];
        }
    }
}

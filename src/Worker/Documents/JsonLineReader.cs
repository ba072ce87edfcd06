using System.Buffers;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Records that are one JSON object a line. Blank lines are passed over and count for no row; a byte order mark at the
/// beginning is too.
/// </summary>
/// <param name="name">The input's name in messages.</param>
internal sealed class JsonLineReader(Stream stream, string name, RecordColumns columns) : IRecordReader
{
    private readonly LineReader _lines = new(stream, name);
    private readonly JsonLineParser _parser = new(name, columns);

    public bool IsReady() => _lines.IsReady();

    public bool TryRead(ArrayBufferWriter<byte> texts, out DocumentRecord record)
    {
        while (_lines.TryRead(out var line))
        {
            line = line.Trim(" \t\r"u8);
            if (line.IsEmpty)
                continue;
            record = _parser.Parse(line, _lines.LineNumber, texts);
            return true;
        }

        record = default;
        return false;
    }

    public void Dispose() => _lines.Dispose();
}

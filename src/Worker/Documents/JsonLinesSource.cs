using System.Buffers;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// The documents of a file with one JSON object a line. Blank lines are passed over and count for no row; a byte order
/// mark at the beginning is too.
/// </summary>
/// <param name="name">The input's name in messages.</param>
/// <param name="idColumn">Null for inputs whose ids are of no interest.</param>
internal sealed class JsonLinesSource(Stream stream, string name, string textColumn, string? idColumn = null)
    : IDocumentSource
{
    private const int ChunkRows = 2048;
    private const int ChunkBytes = 8 << 20;

    private readonly LineReader _lines = new(stream, name);
    private readonly JsonLineParser _parser = new(name, textColumn, idColumn);
    private readonly ArrayBufferWriter<byte> _texts = new(1 << 16);
    private readonly List<JsonDocumentEntry> _documents = [];

    public long FirstRow { get; private set; }

    public int Count => _documents.Count;

    public bool Read(CancellationToken cancellation)
    {
        FirstRow += Count;
        _documents.Clear();
        _texts.ResetWrittenCount();
        while (Count < ChunkRows && _texts.WrittenCount < ChunkBytes)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!_lines.TryRead(out var line))
                break;
            if (_lines.LineNumber == 1 && line.StartsWith("\uFEFF"u8))
                line = line[3..];
            if (!line.Trim(" \t\r"u8).IsEmpty)
                _documents.Add(_parser.Parse(line, _lines.LineNumber, _texts));
        }

        return Count > 0;
    }

    public UnscorableReason FaultOf(int index) => _documents[index].Fault;

    public ReadOnlySpan<byte> Text(int index) =>
        _texts.WrittenSpan.Slice(_documents[index].Start, _documents[index].Length);

    public DocumentId? Id(int index) => _documents[index].Id;

    public void Dispose() => stream.Dispose();
}

using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Inputs;

/// <summary>The documents of a Parquet file.</summary>
internal sealed class ParquetDocumentSource(TextColumnReader reader) : IDocumentSource
{
    public long FirstRow => reader.FirstRow;

    public int Count => reader.Count;

    public static ParquetDocumentSource Open(
        string path, string textColumn, long firstRow, string? idColumn = null, long? endRow = null) =>
        new(TextColumnReader.Open(path, textColumn, firstRow, idColumn, endRow));

    public bool Read(CancellationToken cancellation) => reader.Read(cancellation);

    public UnscorableReason FaultOf(int index) =>
        reader.IsNull(index) ? UnscorableReason.NullText : UnscorableReason.None;

    public ReadOnlySpan<byte> Text(int index) => reader.Text(index);

    public DocumentId? Id(int index) => reader.Id(index) is { } id ? new DocumentId(id) : null;

    public void Dispose() => reader.Dispose();
}

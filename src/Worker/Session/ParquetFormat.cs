using FineWebTorch.Parquet;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

internal sealed class ParquetFormat : IDataFormat
{
    public long CountRows(string path) => ParquetFile.Inspect(path).Rows;

    public IDocumentSource Open(string path, string textColumn, long firstRow) =>
        ParquetDocumentSource.Open(path, textColumn, firstRow);

    public ShardResult WriteShard(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellation) =>
        ShardWriter.Write(request, keptRowsInOrder, cancellation);
}

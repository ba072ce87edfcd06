using FineWebTorch.Parquet;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

/// <summary>The kind of files a run reads and writes.</summary>
internal interface IDataFormat
{
    /// <summary>Rows in a file; throws where the file cannot be used at all.</summary>
    long CountRows(string path);

    IDocumentSource Open(string path, string textColumn, long firstRow);

    ShardResult WriteShard(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellation);
}

using FineWebTorch.Parquet;

namespace FineWebTorch.Worker.Output;

/// <summary>A Parquet file of scores. It appears under its name when it is complete.</summary>
internal sealed class ParquetScoreWriter(string path, bool namesFiles = false) : IScoreWriter
{
    private readonly ScoreTableWriter _table = ScoreTableWriter.Create(
        path, withIds: true, withFiles: namesFiles);

    public void Write(in ScoredDocument document) => _table.Append(new ScoreTableRow(
        document.Row, document.Document.Id?.Text, document.IntScore is null ? null : document.Score,
        document.IntScore, document.Tokens, document.File));

    public void Flush()
    {
    }

    public void Complete() => _table.Complete();

    public void Dispose() => _table.Dispose();
}

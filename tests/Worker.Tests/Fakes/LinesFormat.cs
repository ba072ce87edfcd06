using System.Security.Cryptography;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// Files with a document a line, shards with "row score int_score". "bad" begins a damaged file, "unsound" is a row
/// that no shard could carry.
/// </summary>
internal sealed class LinesFormat : IDataFormat
{
    /// <summary>Called before a file is looked through.</summary>
    public Action Checking { get; set; } = () => { };

    public long CountRows(string path) => Lines(path).Length;

    public void Check(string path, long? rows, Action progressed, CancellationToken cancellation)
    {
        Checking();
        if (Lines(path).Take((int)(rows ?? int.MaxValue)).Contains("unsound"))
            throw new ParquetFileException(ParquetFault.Damaged, path, "a page is unsound", "fetch it again");
    }

    public IDocumentSource Open(string path, string textColumn, long firstRow) =>
        new FakeSource(Lines(path), firstRow);

    public ShardResult WriteShard(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellation)
    {
        var kept = keptRowsInOrder.ToArray();
        File.WriteAllLines(request.OutputPath, kept.Select(row => $"{row.Row} {row.Score} {row.IntScore}"));
        var bytes = File.ReadAllBytes(request.OutputPath);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return new ShardResult(kept.Length, sha256, bytes.Length, ["a warning"]);
    }

    private static string[] Lines(string path)
    {
        var lines = File.ReadAllLines(path);
        return lines is ["bad", ..]
            ? throw new ParquetFileException(ParquetFault.Damaged, path, "is damaged", "fetch it again")
            : lines;
    }
}

using System.Collections.Concurrent;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Parquet;

namespace FineWebTorch.Worker.Documents;

/// <summary>The kind of files a run reads and writes.</summary>
internal interface IDataFormat
{
    /// <summary>Rows in a file; throws where the file cannot be used at all.</summary>
    long CountRows(string path);

    /// <summary>
    /// Throws where rows of the file could not be carried into a shard, so that none is scored in vain. May read all of
    /// the file, once as long as it does not change.
    /// </summary>
    /// <param name="rows">Only the first so many; null for all.</param>
    /// <param name="progressed">Called as it reads on.</param>
    void Check(string path, long? rows, Action progressed, CancellationToken cancellation);

    IDocumentSource Open(string path, string textColumn, long firstRow);

    ShardResult WriteShard(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellation);
}

internal sealed class ParquetFormat : IDataFormat
{
    private readonly ConcurrentDictionary<(string Path, long Size, DateTime Modified, long? Rows), bool> _checked = [];

    public long CountRows(string path) => ParquetFile.Inspect(path).Rows;

    public void Check(string path, long? rows, Action progressed, CancellationToken cancellation)
    {
        var file = new FileInfo(FileIdentity.RealPath(path));
        var key = (file.FullName, file.Length, file.LastWriteTimeUtc, rows);
        if (_checked.ContainsKey(key))
            return;
        PageChecks.OfAllColumns(path, rows, progressed, cancellation);
        _checked[key] = true;
    }

    public IDocumentSource Open(string path, string textColumn, long firstRow) =>
        ParquetDocumentSource.Open(path, textColumn, firstRow);

    public ShardResult WriteShard(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellation) =>
        ShardWriter.Write(request, keptRowsInOrder, cancellation);
}

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
        reader.IsNull(index) ? UnscorableReason.NullText
        : reader.IsUtf8(index) ? UnscorableReason.None
        : UnscorableReason.InvalidUnicode;

    public ReadOnlySpan<byte> Text(int index) => reader.Text(index);

    public DocumentId? Id(int index) => reader.Id(index) is { } id ? new DocumentId(id) : null;

    public void Dispose() => reader.Dispose();
}

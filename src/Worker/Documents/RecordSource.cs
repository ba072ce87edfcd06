using System.Buffers;
using System.Runtime.ExceptionServices;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// The documents of a file of records: JSON lines, comma-separated values, lines of text. What came before a fault is
/// handed on before the fault is thrown; of a sender that pauses, what it has sent so far.
/// </summary>
/// <param name="badRecords">What is done with those that cannot be used; null: they are faults.</param>
/// <param name="mostRows">In a chunk.</param>
internal sealed class RecordSource(
    IRecordReader records, BadRecords? badRecords = null, int mostRows = RecordSource.ChunkRows) : IDocumentSource
{
    private const int ChunkRows = 2048;
    private const int ChunkBytes = 8 << 20;

    private readonly ArrayBufferWriter<byte> _texts = new(1 << 16);
    private readonly List<DocumentRecord> _documents = [];
    private ExceptionDispatchInfo? _fault;

    public long FirstRow { get; private set; }

    public int Count => _documents.Count;

    public bool EndsWindow { get; private set; }

    public bool Read(CancellationToken cancellation)
    {
        FirstRow += Count;
        _documents.Clear();
        _texts.ResetWrittenCount();
        _fault?.Throw();
        EndsWindow = false;
        while (Count < mostRows && _texts.WrittenCount < ChunkBytes && !EndsWindow)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!ReadRecord())
                break;
        }

        return Count > 0;
    }

    public UnscorableReason FaultOf(int index) => _documents[index].Fault;

    public ReadOnlySpan<byte> Text(int index) =>
        _texts.WrittenSpan.Slice(_documents[index].Start, _documents[index].Length);

    public DocumentId? Id(int index) => _documents[index].Id;

    public byte[]? Original(int index) => _documents[index].Original;

    public void Dispose() => records.Dispose();

    /// <returns>False at the end.</returns>
    private bool ReadRecord()
    {
        try
        {
            if (!records.TryRead(_texts, out var record))
                return false;
            _documents.Add(record);
            EndsWindow = !records.IsReady();
        }
        catch (BadRecordException bad) when (badRecords is not null)
        {
            badRecords.Skip(bad);
        }
        catch (Exception fault) when (Count > 0 && fault is InvalidDataException or IOException)
        {
            _fault = ExceptionDispatchInfo.Capture(fault);
            EndsWindow = true;
        }

        return true;
    }
}

/// <summary>Reads the records of a file one by one.</summary>
internal interface IRecordReader : IDisposable
{
    /// <summary>Whether the next record, or the end, can be had without waiting for a sender.</summary>
    bool IsReady();

    /// <param name="texts">The text is appended here, as UTF-8.</param>
    /// <param name="record">Undefined at the end.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="BadRecordException">The record cannot be used; those after it can.</exception>
    /// <exception cref="InvalidDataException">Neither it nor what follows.</exception>
    bool TryRead(ArrayBufferWriter<byte> texts, out DocumentRecord record);
}

/// <summary>What is wanted of each record.</summary>
/// <param name="IdColumn">Null where ids are of no interest.</param>
/// <param name="RequiresId">The user has named the column: a file without it is refused.</param>
internal sealed record RecordColumns(string TextColumn, string? IdColumn = null, bool RequiresId = false)
{
    /// <summary>Names of columns that will be added to the record as it was; null where it is not kept.</summary>
    public (string Score, string IntScore)? Added { get; init; }
}

/// <summary>A document from a record.</summary>
/// <param name="Start">Where its text begins in the chunk's bytes.</param>
/// <param name="Length">UTF-8 bytes of the text.</param>
/// <param name="Original">The record as it was, without its line end; null where it is not wanted.</param>
internal readonly record struct DocumentRecord(
    int Start, int Length, UnscorableReason Fault, DocumentId? Id, byte[]? Original = null);

/// <summary>One record of a file cannot be used. The message names file and line.</summary>
internal sealed class BadRecordException(string message, Exception? inner = null)
    : IOException(message, inner);

/// <summary>Counts the records that were left out, and tells of the first ones.</summary>
internal sealed class BadRecords(Action<string> warn)
{
    private const int MostTold = 10;

    /// <summary>Of all files.</summary>
    public long Count { get; private set; }

    public void Skip(BadRecordException bad)
    {
        Count++;
        if (Count <= MostTold)
            warn($"{bad.Message}; left out");
        if (Count == MostTold + 1)
            warn("more records were left out, which only the sum at the end counts");
    }
}

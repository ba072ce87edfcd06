using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>
/// The documents of one file in row order, a chunk of consecutive rows at a time. <see cref="Read"/> is called by one
/// thread; the accessors may be called by several at once between two reads. Indexes count from the chunk's first row.
/// </summary>
internal interface IDocumentSource : IDisposable
{
    /// <summary>Row number of the chunk's first document.</summary>
    long FirstRow { get; }

    /// <summary>Documents in the chunk.</summary>
    int Count { get; }

    /// <summary>Moves to the next chunk; false at the end of the file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    bool Read(CancellationToken cancellation);

    /// <summary>Why a document cannot be given to the model; None where it can.</summary>
    UnscorableReason FaultOf(int index);

    /// <summary>UTF-8, valid until the next <see cref="Read"/>; empty unless the document is scorable.</summary>
    ReadOnlySpan<byte> Text(int index);

    DocumentId? Id(int index);
}

using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Tokenizes the rows of a chunk on several threads, straight from the source's spans.</summary>
internal sealed class ChunkEncoder(ITextEncoder encoder, int threads, DeviceClock clock)
{
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads };
    private int[] _ids = [];
    private int[] _counts = [];

    /// <summary>Appends <paramref name="count"/> documents to a window, in row order.</summary>
    /// <param name="source">Positioned on a chunk.</param>
    /// <param name="first">Index of the first document within the chunk.</param>
    public void Append(IDocumentSource source, int first, int count, WindowBuffer window, bool keepDocuments) =>
        clock.Tokenize(() => Encode(source, first, count, window, keepDocuments));

    private void Encode(IDocumentSource source, int first, int count, WindowBuffer window, bool keepDocuments)
    {
        // Every row has a place of its own, so that the threads need not agree on anything.
        var place = encoder.MaxLength;
        if (_counts.Length < count)
        {
            _counts = new int[count];
            _ids = new int[count * place];
        }

        if (threads > 1 && count > 1)
            Parallel.For(0, count, _parallel, i => Encode(source, first + i, i, place));
        else
        {
            for (var i = 0; i < count; i++)
                Encode(source, first + i, i, place);
        }

        for (var i = 0; i < count; i++)
        {
            window.Append(
                source.FaultOf(first + i), _ids.AsSpan(i * place, _counts[i]),
                keepDocuments ? DocumentExcerpt.Of(source, first + i) : default);
        }
    }

    private void Encode(IDocumentSource source, int index, int slot, int place) =>
        _counts[slot] = source.FaultOf(index) == UnscorableReason.None
            ? encoder.Encode(source.Text(index), _ids.AsSpan(slot * place, place))
            : 0;
}

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
    private int[] _places = [];

    /// <summary>Appends <paramref name="count"/> documents to a window, in row order.</summary>
    /// <param name="source">Positioned on a chunk.</param>
    /// <param name="first">Index of the first document within the chunk.</param>
    /// <param name="probe">Rows of the window whose texts may be looked at; null for all. The others have no tokens.
    /// </param>
    public void Append(
        IDocumentSource source, int first, int count, WindowBuffer window, bool keepDocuments, byte[]? probe = null) =>
        clock.Tokenize(() =>
        {
            if (probe is null)
                Encode(source, first, count, window, keepDocuments);
            else
                EncodeProbed(source, first, count, window, probe);
        });

    private void EncodeProbed(IDocumentSource source, int first, int count, WindowBuffer window, byte[] probe)
    {
        for (var i = 0; i < count; i++)
        {
            if (Bits.IsSet(probe, window.Rows))
                Encode(source, first + i, 1, window, keepDocuments: false);
            else
                window.Append(UnscorableReason.None, []);
        }
    }

    private void Encode(IDocumentSource source, int first, int count, WindowBuffer window, bool keepDocuments)
    {
        Reserve(source, first, count);
        if (threads > 1 && count > 1)
            Parallel.For(0, count, _parallel, i => Encode(source, first + i, i));
        else
        {
            for (var i = 0; i < count; i++)
                Encode(source, first + i, i);
        }

        for (var i = 0; i < count; i++)
        {
            window.Append(
                source.FaultOf(first + i), _ids.AsSpan(_places[i], _counts[i]),
                keepDocuments ? DocumentExcerpt.Of(source, first + i) : default);
        }
    }

    /// <summary>Every row has a place of its own, so that the threads need not agree on anything.</summary>
    private void Reserve(IDocumentSource source, int first, int count)
    {
        if (_counts.Length < count)
            (_counts, _places) = (new int[count], new int[count + 1]);
        for (var i = 0; i < count; i++)
            _places[i + 1] = checked(_places[i] + Room(source, first + i));
        if (_ids.Length < _places[count])
            _ids = new int[_places[count]];
    }

    /// <summary>No text has more ids than bytes, [CLS] and [SEP] aside.</summary>
    private int Room(IDocumentSource source, int index) => source.FaultOf(index) == UnscorableReason.None
        ? (int)Math.Min(encoder.MaxLength, source.Text(index).Length + 2L)
        : 0;

    private void Encode(IDocumentSource source, int index, int slot) =>
        _counts[slot] = source.FaultOf(index) == UnscorableReason.None
            ? encoder.Encode(source.Text(index), _ids.AsSpan(_places[slot].._places[slot + 1]))
            : 0;
}

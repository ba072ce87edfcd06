using System.Text;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Documents from memory, in chunks of a fixed size; null is a NULL text.</summary>
internal sealed class FakeSource(IReadOnlyList<string?> texts, long firstRow, int chunkRows = 4) : IDocumentSource
{
    private bool _began;

    public long FirstRow { get; private set; } = firstRow;

    public int Count { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Called with the first row of each chunk before it is read.</summary>
    public Action<long> Reading { get; init; } = _ => { };

    public bool Read(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FirstRow += _began ? Count : 0;
        _began = true;
        Reading(FirstRow);
        Count = (int)Math.Clamp(texts.Count - FirstRow, 0, chunkRows);
        return Count > 0;
    }

    public UnscorableReason FaultOf(int index) =>
        texts[(int)FirstRow + index] is null ? UnscorableReason.NullText : UnscorableReason.None;

    public ReadOnlySpan<byte> Text(int index) => Encoding.UTF8.GetBytes(texts[(int)FirstRow + index] ?? "");

    public DocumentId? Id(int index) => null;

    public void Dispose() => IsDisposed = true;
}

namespace FineWebTorch.Worker.Pipeline;

/// <summary>A place in a source's current chunk.</summary>
internal sealed class ChunkCursor(IDocumentSource source)
{
    public IDocumentSource Source => source;

    /// <summary>Index of the next document within the chunk.</summary>
    public int Position { get; private set; } = source.Count;

    /// <summary>Documents of the chunk that have not been taken.</summary>
    public int Left => source.Count - Position;

    /// <summary>Makes sure that there is a document left, reading on where necessary; false at the end.</summary>
    public bool Advance(CancellationToken cancellation)
    {
        while (Left == 0)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!source.Read(cancellation))
                return false;
            Position = 0;
        }

        return true;
    }

    public void Take(int count) => Position += count;
}

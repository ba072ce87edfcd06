namespace FineWebTorch.Parquet.DuckDb;

/// <summary>A result computed chunk by chunk. Its vectors are valid until the next <see cref="Next"/>.</summary>
internal sealed unsafe class Query : IDisposable
{
    private readonly Session _session;
    private readonly ResultHandle _result = new();
    private ChunkHandle? _chunk;

    private Query(Session session) => _session = session;

    /// <summary>Rows in the current chunk, 1 to 2,048.</summary>
    public int Count { get; private set; }

    public int ColumnCount => (int)NativeMethods.ColumnCount(_result.Pointer);

    /// <summary>Computes the first chunk; of a statement without rows, everything.</summary>
    public static Query Execute(Session session, PendingHandle pending, CancellationToken cancellationToken)
    {
        var query = new Query(session);
        try
        {
            using var registration = query.InterruptOn(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            _ = NativeMethods.ExecutePending(pending, query._result.Pointer);
            query.ThrowOnError(cancellationToken);
            return query;
        }
        catch
        {
            query.Dispose();
            throw;
        }
    }

    public TypeId ColumnType(int column) => NativeMethods.ColumnType(_result.Pointer, (ulong)column);

    /// <summary>Goes to the next chunk that has rows; false at the end.</summary>
    /// <exception cref="DuckDbException">The query fails.</exception>
    /// <exception cref="OperationCanceledException">The query is of no more use.</exception>
    public bool Next(CancellationToken cancellationToken)
    {
        using var registration = InterruptOn(cancellationToken);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReleaseChunk();
            _chunk = NativeMethods.FetchChunk(*_result.Pointer);
            if (_chunk.IsInvalid)
            {
                ThrowOnError(cancellationToken);
                return false;
            }
            Count = (int)NativeMethods.DataChunkGetSize(_chunk);
        }
        while (Count == 0);
        return true;
    }

    public Vector Column(int column)
    {
        ObjectDisposedException.ThrowIf(_chunk is null or { IsClosed: true } or { IsInvalid: true }, this);
        return new Vector(NativeMethods.DataChunkGetVector(_chunk, (ulong)column));
    }

    public void Dispose()
    {
        ReleaseChunk();
        _result.Dispose();
    }

    // Creating a pending statement clears an earlier interrupt; from there on an interrupt holds.
    private CancellationTokenRegistration InterruptOn(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(
            static state => NativeMethods.Interrupt((ConnectionHandle)state!), _session.Connection);

    private void ReleaseChunk()
    {
        _chunk?.Dispose();
        _chunk = null;
        Count = 0;
    }

    // The end of the rows and a failure look the same.
    private void ThrowOnError(CancellationToken cancellationToken)
    {
        if (NativeMethods.ResultError(_result.Pointer) is null)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        throw new DuckDbException(
            NativeMethods.ResultErrorType(_result.Pointer), Utf8.String(NativeMethods.ResultError(_result.Pointer)));
    }
}

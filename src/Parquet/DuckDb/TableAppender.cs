using System.Text;

namespace FineWebTorch.Parquet.DuckDb;

/// <summary>Adds rows to a table, 2,048 at a time. Set every column of a row, then end the row.</summary>
internal sealed unsafe class TableAppender : IDisposable
{
    private const int ChunkRows = 2048;

    private readonly AppenderHandle _appender;
    private readonly ChunkHandle _chunk;
    private readonly TypeId[] _types;
    private readonly nint[] _vectors;
    private int _row;

    public TableAppender(Session session, string table, params TypeId[] types)
    {
        _types = types;
        var state = NativeMethods.AppenderCreate(session.Connection, null, table, out _appender);
        try
        {
            Check(state);
        }
        catch
        {
            _appender.Dispose();
            throw;
        }
        var logical = types.Select(NativeMethods.CreateLogicalType).ToArray();
        fixed (nint* pointer = logical)
            _chunk = NativeMethods.CreateDataChunk(pointer, (ulong)types.Length);
        for (var i = 0; i < logical.Length; i++)
            NativeMethods.DestroyLogicalType(ref logical[i]);
        _vectors = new nint[types.Length];
        FindVectors();
    }

    public void Set(int column, long? value)
    {
        if (value is { } number)
            ((long*)Data(column, TypeId.BigInt))[_row] = number;
        else
            SetNull(column);
    }

    public void Set(int column, double? value)
    {
        if (value is { } number)
            ((double*)Data(column, TypeId.Double))[_row] = number;
        else
            SetNull(column);
    }

    public void Set(int column, string? value)
    {
        if (value is null)
        {
            SetNull(column);
            return;
        }
        _ = Data(column, TypeId.Varchar);
        // A lone surrogate becomes U+FFFD: the vector takes UTF-8 alone.
        var utf8 = Encoding.UTF8.GetBytes(value);
        fixed (byte* pointer = utf8)
            NativeMethods.VectorAssignStringElementLen(_vectors[column], (ulong)_row, pointer, (ulong)utf8.Length);
    }

    /// <exception cref="DuckDbException">The rows do not fit in memory.</exception>
    public void EndRow()
    {
        _row++;
        if (_row == ChunkRows)
            AppendChunk();
    }

    /// <summary>Brings all ended rows into the table.</summary>
    public void Flush()
    {
        AppendChunk();
        Check(NativeMethods.AppenderFlush(_appender));
    }

    public void Dispose()
    {
        _chunk.Dispose();
        _appender.Dispose();
    }

    private void AppendChunk()
    {
        if (_row == 0)
            return;
        NativeMethods.DataChunkSetSize(_chunk, (ulong)_row);
        Check(NativeMethods.AppendDataChunk(_appender, _chunk));
        NativeMethods.DataChunkReset(_chunk);
        FindVectors();
        _row = 0;
    }

    private void FindVectors()
    {
        for (var column = 0; column < _vectors.Length; column++)
            _vectors[column] = NativeMethods.DataChunkGetVector(_chunk, (ulong)column);
    }

    private void* Data(int column, TypeId type)
    {
        if (_types[column] != type)
            throw new InvalidOperationException($"column {column} is {_types[column]}, not {type}");
        return NativeMethods.VectorGetData(_vectors[column]);
    }

    private void SetNull(int column)
    {
        NativeMethods.VectorEnsureValidityWritable(_vectors[column]);
        NativeMethods.VectorGetValidity(_vectors[column])[_row >> 6] &= ~(1UL << (_row & 63));
    }

    private void Check(State state)
    {
        if (state != State.Success)
            throw new DuckDbException(ErrorType.Invalid, Utf8.String(NativeMethods.AppenderError(_appender)));
    }
}

using System.Text;

namespace FineWebTorch.Parquet.DuckDb;

/// <summary>A column of a chunk. Read as another type than its own, it reads foreign memory.</summary>
internal readonly unsafe struct Vector
{
    private readonly void* _data;
    private readonly ulong* _validity;

    public Vector(nint vector)
    {
        _data = NativeMethods.VectorGetData(vector);
        _validity = NativeMethods.VectorGetValidity(vector);
    }

    public bool IsNull(int row) => _validity is not null && (_validity[row >> 6] >> (row & 63) & 1) == 0;

    /// <summary>Of a string or blob column.</summary>
    public ReadOnlySpan<byte> Bytes(int row) => StringStruct.Span((StringStruct*)_data + row);

    /// <summary>Of a string column; null for a NULL.</summary>
    public string? Text(int row) => IsNull(row) ? null : Encoding.UTF8.GetString(Bytes(row));

    /// <summary>Of a 64-bit integer column.</summary>
    public long Number(int row) => ((long*)_data)[row];

    /// <summary>Of a double column.</summary>
    public double Double(int row) => ((double*)_data)[row];
}

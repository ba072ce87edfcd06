using System.Runtime.InteropServices;

namespace FineWebTorch.Parquet.DuckDb;

internal enum State
{
    Success = 0,
    Error = 1,
}

/// <summary>duckdb_type, the members in use.</summary>
internal enum TypeId
{
    Invalid = 0,
    Integer = 4,
    BigInt = 5,
    Float = 10,
    Double = 11,
    Varchar = 17,
    Blob = 18,
}

/// <summary>duckdb_error_type, the members in use.</summary>
internal enum ErrorType
{
    Invalid = 0,
    InputOutput = 28,
    Interrupt = 29,
    InvalidInput = 32,
    OutOfMemory = 33,
}

/// <summary>duckdb_result: five words out of use and a pointer. Some functions take it by value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResultStruct
{
    public nint ColumnCount;
    public nint RowCount;
    public nint RowsChanged;
    public nint Columns;
    public nint ErrorMessage;
    public nint Data;
}

/// <summary>
/// duckdb_string_t: a length, then up to 12 bytes of text in place, or 4 bytes and a pointer. Spans of short texts
/// point into the struct, so it is only ever used where it lies in the vector.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct StringStruct
{
    private const int Inlined = 12;
    private const int InlinedOffset = 4;

    [FieldOffset(0)]
    private readonly uint _length;

    [FieldOffset(8)]
    private readonly byte* _pointer;

    public static ReadOnlySpan<byte> Span(StringStruct* text)
        => new(text->_length <= Inlined ? (byte*)text + InlinedOffset : text->_pointer, checked((int)text->_length));
}

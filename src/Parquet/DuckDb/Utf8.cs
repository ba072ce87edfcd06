using System.Runtime.InteropServices;
using System.Text;

namespace FineWebTorch.Parquet.DuckDb;

internal static unsafe class Utf8
{
    /// <summary>A zero-terminated C string; empty for a null pointer.</summary>
    public static string String(byte* text)
        => text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}

using System.Runtime.InteropServices;

namespace FineWebTorch.Parquet.DuckDb;

/// <summary>
/// A native object that is destroyed once. DuckDB's objects count references to what they depend on, so the order
/// in which they are destroyed does not matter.
/// </summary>
internal abstract class NativeHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;
}

internal sealed class DatabaseHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.Close(ref handle);
        return true;
    }
}

internal sealed class ConnectionHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.Disconnect(ref handle);
        return true;
    }
}

internal sealed class StatementHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyPrepare(ref handle);
        return true;
    }
}

internal sealed class PendingHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyPending(ref handle);
        return true;
    }
}

internal sealed class ChunkHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyDataChunk(ref handle);
        return true;
    }
}

internal sealed class AppenderHandle : NativeHandle
{
    protected override bool ReleaseHandle() => NativeMethods.AppenderDestroy(ref handle) == State.Success;
}

/// <summary>A duckdb_result at a fixed address.</summary>
internal sealed unsafe class ResultHandle : NativeHandle
{
    public ResultHandle() => SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(ResultStruct)));

    public ResultStruct* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (ResultStruct*)handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.DestroyResult((ResultStruct*)handle);
        NativeMemory.Free((void*)handle);
        return true;
    }
}

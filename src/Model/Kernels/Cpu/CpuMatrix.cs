using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>An fp32 matrix in native memory that grows as needed and is not initialised.</summary>
internal sealed unsafe class CpuMatrix(long columns, long padding = 0) : SafeHandle(0, ownsHandle: true)
{
    private const nuint CacheLine = 64;

    private long _rows;

    public float* Data => (float*)handle;

    /// <summary>Numbers from row to row.</summary>
    public long Stride => columns + padding;

    public override bool IsInvalid => handle == 0;

    /// <summary>A matrix whose rows stand further apart than they are long, lest they share cache sets.</summary>
    public static CpuMatrix OfRows(long columns) => new(columns, padding: 16);

    /// <summary>All of it, where nothing stands between the rows.</summary>
    public Span<float> Numbers => new(Data, checked((int)(_rows * Stride)));

    /// <summary>Makes room; what the matrix held is lost when it has to grow.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public CpuMatrix Reserve(long rows)
    {
        if (rows <= _rows)
            return this;
        ReleaseHandle();
        SetHandle(0);
        _rows = 0;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)(rows * Stride * sizeof(float)), CacheLine));
        _rows = rows;
        return this;
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree(Data);
        return true;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>An fp32 matrix in native memory that grows as needed and is not initialised.</summary>
internal sealed unsafe class CpuMatrix(long columns, long padding = 0) : SafeHandle(0, ownsHandle: true)
{
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
    [SuppressMessage("Usage", "CA2201", Justification = "The type that NativeMemory's failures have, too.")]
    public CpuMatrix Reserve(long rows)
    {
        if (rows <= _rows)
            return this;
        ReleaseHandle();
        SetHandle(0);
        _rows = 0;
        SetHandle(NativeKernels.fineweb_memory_allocate(checked(rows * Stride * sizeof(float))));
        if (IsInvalid)
            throw new OutOfMemoryException($"there is no memory for {rows} rows of {Stride} numbers");
        _rows = rows;
        return this;
    }

    protected override bool ReleaseHandle()
    {
        NativeKernels.fineweb_memory_free(handle);
        return true;
    }
}

/// <summary>Parameters of a LayerNorm, each [width].</summary>
internal sealed unsafe class CpuNorm(CpuMatrix weight, CpuMatrix bias, float epsilon) : IDisposable
{
    /// <summary>Valid while this object is held.</summary>
    public NormArguments Arguments => new() { Weight = weight.Data, Bias = bias.Data, Epsilon = epsilon };

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}

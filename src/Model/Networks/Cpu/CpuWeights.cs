using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>Brings weights from mapped files straight into the form that the kernels read.</summary>
/// <param name="kernels">Of linear layers.</param>
/// <param name="threads">To pack with.</param>
internal sealed class CpuWeights(CpuKernels kernels, int threads)
{
    /// <summary>Several layers of one input as one: their outputs stand side by side.</summary>
    public PackedLinear Linear(params ReadOnlySpan<LinearTensors> layers) => Linear(kernels, layers);

    /// <summary>A layer of other kernels than the rest.</summary>
    public PackedLinear Linear(CpuKernels its, params ReadOnlySpan<LinearTensors> layers)
    {
        var (outputsEach, inputs) = ((long)layers[0].Weight.Shape[0], (long)layers[0].Weight.Shape[1]);
        var linear = new PackedLinear(its, outputsEach * layers.Length, inputs);
        try
        {
            for (var i = 0; i < layers.Length; i++)
            {
                var (weight, bias) = layers[i];
                linear.Fill(i * outputsEach, weight.Read(), weight.Dtype, bias.Read(), bias.Dtype, threads);
            }
            return linear;
        }
        catch
        {
            linear.Dispose();
            throw;
        }
    }

    public static CpuNorm Norm(NormTensors norm, double epsilon) =>
        new(Table(norm.Weight), Table(norm.Bias), (float)epsilon);

    /// <summary>A tensor of two dimensions, or of one, which is one row.</summary>
    public static CpuMatrix Table(StoredTensor stored)
    {
        var rows = stored.Shape.Count == 1 ? 1 : (long)stored.Shape[0];
        var table = new CpuMatrix((long)stored.Shape[^1]).Reserve(rows);
        Read(stored.Read(), stored.Dtype, table.Numbers);
        return table;
    }

    private static void Read(ReadOnlySpan<byte> bytes, SafetensorsDtype dtype, Span<float> numbers)
    {
        if (dtype == SafetensorsDtype.F32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
            return;
        }
        for (var i = 0; i < numbers.Length; i++)
        {
            var stored = bytes[(2 * i)..];
            numbers[i] = dtype == SafetensorsDtype.F16
                ? (float)BinaryPrimitives.ReadHalfLittleEndian(stored)
                : BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(stored) << 16);
        }
    }
}

/// <summary>A linear layer, its weights packed once for a set of kernels.</summary>
internal sealed unsafe class PackedLinear : SafeHandle
{
    public PackedLinear(CpuKernels kernels, long outputs, long inputs) : base(0, ownsHandle: true)
    {
        NativeKernels.Check(NativeKernels.fineweb_linear_create(kernels.Handle, outputs, inputs, out var linear));
        SetHandle(linear);
        Inputs = inputs;
    }

    public long Inputs { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>For structures that native code reads; valid while this object is held.</summary>
    public nint Pointer => handle;

    /// <summary>Sets some of the outputs.</summary>
    /// <param name="weights">[count, inputs], row-major</param>
    /// <param name="biases">[count]</param>
    public void Fill(
        long firstOutput, ReadOnlySpan<byte> weights, SafetensorsDtype weightsType, ReadOnlySpan<byte> biases,
        SafetensorsDtype biasesType, int threads)
    {
        var count = biases.Length / SizeOf(biasesType);
        if (weights.Length / SizeOf(weightsType) != count * Inputs)
            throw new ArgumentException(
                $"{count} biases do not go with {weights.Length} bytes of weights", nameof(weights));
        fixed (byte* w = weights, b = biases)
            NativeKernels.Check(NativeKernels.fineweb_linear_fill(
                this, firstOutput, count, w, TypeOf(weightsType), b, TypeOf(biasesType), threads));
    }

    /// <param name="input">[rows, inputs]</param>
    /// <param name="rows">How many.</param>
    /// <param name="gelu">Whether the exact GELU follows.</param>
    /// <param name="output">[rows, outputs]</param>
    public void Run(CpuMatrix input, long rows, bool gelu, CpuMatrix output, int threads) =>
        NativeKernels.Check(NativeKernels.fineweb_linear_run(
            this, input.Data, input.Stride, rows, gelu ? 1 : 0, output.Data, output.Stride, threads));

    protected override bool ReleaseHandle()
    {
        NativeKernels.fineweb_linear_free(handle);
        return true;
    }

    private static NumberType TypeOf(SafetensorsDtype dtype) => dtype switch
    {
        SafetensorsDtype.F32 => NumberType.Float32,
        SafetensorsDtype.F16 => NumberType.Float16,
        SafetensorsDtype.BF16 => NumberType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    private static int SizeOf(SafetensorsDtype dtype) => SafetensorsDtypes.Bits(dtype) / 8;
}

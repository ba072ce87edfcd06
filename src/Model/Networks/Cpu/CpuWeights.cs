using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Safetensors;

namespace FineWebTorch.Model.Kernels.Cpu;

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
                linear.Fill(i * outputsEach, weight.Bytes, weight.Dtype, bias.Bytes, bias.Dtype, threads);
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
        Read(stored.Bytes, stored.Dtype, table.Numbers);
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

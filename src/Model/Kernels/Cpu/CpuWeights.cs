using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FineWebTorch.Model.Safetensors;

namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>Brings weights from mapped files straight into the form that the kernels read.</summary>
/// <param name="weights">Where they come from.</param>
/// <param name="kernels">Of linear layers.</param>
/// <param name="threads">To pack with.</param>
internal sealed class CpuWeights(WeightSet weights, CpuKernels kernels, int threads)
{
    /// <summary>Several layers of one input as one: their outputs stand side by side.</summary>
    public PackedLinear Linear(IReadOnlyList<string> names, long outputsEach, long inputs) =>
        Linear(kernels, names, outputsEach, inputs);

    /// <summary>A layer of other kernels than the rest.</summary>
    public PackedLinear Linear(CpuKernels its, IReadOnlyList<string> names, long outputsEach, long inputs)
    {
        var linear = new PackedLinear(its, outputsEach * names.Count, inputs);
        try
        {
            foreach (var (i, name) in names.Index())
            {
                var weight = weights.Get($"{name}.weight", outputsEach, inputs);
                var bias = weights.Get($"{name}.bias", outputsEach);
                linear.Fill(
                    i * outputsEach, weight.File.Bytes(weight.Entry), weight.Entry.Dtype,
                    bias.File.Bytes(bias.Entry), bias.Entry.Dtype, threads);
            }
            return linear;
        }
        catch
        {
            linear.Dispose();
            throw;
        }
    }

    public CpuNorm Norm(string name, long width, double epsilon) =>
        new(Table($"{name}.weight", 1, width), Table($"{name}.bias", 1, width), (float)epsilon);

    /// <summary>A tensor of two dimensions, or, where there is one row, of one.</summary>
    public CpuMatrix Table(string name, long rows, long columns)
    {
        var (file, entry) = rows == 1 ? weights.Get(name, columns) : weights.Get(name, rows, columns);
        var table = new CpuMatrix(columns).Reserve(rows);
        Read(file.Bytes(entry), entry.Dtype, table.Numbers);
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

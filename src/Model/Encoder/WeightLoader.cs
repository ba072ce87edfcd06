using FineWebTorch.Model.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>Brings weights from mapped files to a device: copied once, then converted there where the type differs.</summary>
/// <param name="weights">Where they come from.</param>
/// <param name="device">Where they go.</param>
/// <param name="linearType">Type of the linear layers; everything else is fp32.</param>
internal sealed class WeightLoader(WeightSet weights, Device device, ScalarType linearType)
{
    public ScalarType LinearType => linearType;

    public Linear Linear(string name, long outputs, long inputs) => LinearOf([name], outputs, inputs, linearType);

    /// <summary>Several layers of one input as one: their outputs stand side by side.</summary>
    public Linear Fused(IReadOnlyList<string> names, long outputsEach, long inputs) =>
        LinearOf(names, outputsEach, inputs, linearType);

    /// <summary>A layer that stays in fp32 in every mode.</summary>
    public Linear Float32Linear(string name, long outputs, long inputs) =>
        LinearOf([name], outputs, inputs, ScalarType.Float32);

    public LayerNorm LayerNorm(string name, long hidden, double epsilon) =>
        new(Table($"{name}.weight", hidden), Table($"{name}.bias", hidden), epsilon);

    /// <summary>One tensor in fp32.</summary>
    public Tensor Table(string name, params long[] shape) => Rows([name], shape, ScalarType.Float32);

    private Linear LinearOf(IReadOnlyList<string> names, long outputs, long inputs, ScalarType type) => new(
        Rows([.. names.Select(name => $"{name}.weight")], [outputs, inputs], type),
        Rows([.. names.Select(name => $"{name}.bias")], [outputs], type));

    /// <summary>Tensors of one shape, put together along their first dimension.</summary>
    private Tensor Rows(string[] names, long[] shape, ScalarType type)
    {
        var parts = names.Select(name => weights.Get(name, shape)).ToList();
        if (parts.Select(part => part.Entry.Dtype).Distinct().Count() == 1)
            return Read(parts, shape, type);
        using var scope = NewDisposeScope();
        return cat([.. parts.Select(part => Read([part], shape, type))], 0).MoveToOuterDisposeScope();
    }

    private Tensor Read(List<(SafetensorsFile File, SafetensorsEntry Entry)> parts, long[] shape, ScalarType type)
    {
        var stored = TypeOf(parts[0].Entry.Dtype);
        var host = empty([shape[0] * parts.Count, .. shape[1..]], dtype: stored, device: CPU);
        var target = host.bytes;
        foreach (var (file, entry) in parts)
        {
            var source = file.Bytes(entry);
            source.CopyTo(target);
            target = target[source.Length..];
        }
        if (device.type == DeviceType.CPU && stored == type)
            return host;
        using (host)
        {
            // First to the device, then to the type: 16-bit weights cross the bus as such.
            using var moved = host.to(device);
            return moved.to(type, copy: true);
        }
    }

    private static ScalarType TypeOf(SafetensorsDtype dtype) => dtype switch
    {
        SafetensorsDtype.F32 => ScalarType.Float32,
        SafetensorsDtype.F16 => ScalarType.Float16,
        SafetensorsDtype.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };
}

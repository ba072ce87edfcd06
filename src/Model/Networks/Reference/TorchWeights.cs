using FineWebTorch.Model.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// Brings weights from mapped files to a device: copied once, then converted there where the type differs.
/// </summary>
/// <param name="device">Where they go.</param>
/// <param name="linearType">Type of the linear layers; everything else is fp32.</param>
internal sealed class TorchWeights(Device device, ScalarType linearType)
{
    public ScalarType LinearType => linearType;

    /// <summary>Makes what holds weights; a failure on the way frees those that were loaded before it.</summary>
    public static T Keep<T>(Func<T> make)
    {
        using var scope = NewDisposeScope();
        var made = make();
        foreach (var weight in scope.DisposablesView)
            scope.Detach(weight);
        return made;
    }

    /// <summary>Several layers of one input as one: their outputs stand side by side.</summary>
    public Linear Linear(params LinearTensors[] layers) => Linear(layers, linearType);

    /// <summary>A layer that stays in fp32 in every mode.</summary>
    public Linear Float32Linear(LinearTensors layer) => Linear([layer], ScalarType.Float32);

    public LayerNorm LayerNorm(NormTensors norm, BertConfig config) =>
        new(Float32(norm.Weight), Float32(norm.Bias), config.LayerNormEpsilon);

    /// <summary>One tensor in fp32.</summary>
    public Tensor Float32(StoredTensor stored) => Rows([stored], ScalarType.Float32);

    private Linear Linear(LinearTensors[] layers, ScalarType type) => new(
        Rows([.. layers.Select(layer => layer.Weight)], type), Rows([.. layers.Select(layer => layer.Bias)], type));

    /// <summary>Tensors of one shape, put together along their first dimension.</summary>
    private Tensor Rows(StoredTensor[] parts, ScalarType type)
    {
        if (parts.Select(part => part.Dtype).Distinct().Count() == 1)
            return Read(parts, type);
        using var scope = NewDisposeScope();
        return cat([.. parts.Select(part => Read([part], type))], 0).MoveToOuterDisposeScope();
    }

    private Tensor Read(StoredTensor[] parts, ScalarType type)
    {
        var stored = TypeOf(parts[0].Dtype);
        long[] shape = [.. parts[0].Shape.Select(size => (long)size)];
        var host = empty([shape[0] * parts.Length, .. shape[1..]], dtype: stored, device: CPU);
        var target = host.bytes;
        foreach (var part in parts)
        {
            var source = part.Read();
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

    /// <summary>libtorch's name of a type.</summary>
    public static ScalarType TypeOf(ModelDtype dtype) => dtype switch
    {
        ModelDtype.Float32 => ScalarType.Float32,
        ModelDtype.Float16 => ScalarType.Float16,
        ModelDtype.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    private static ScalarType TypeOf(SafetensorsDtype dtype) => dtype switch
    {
        SafetensorsDtype.F32 => ScalarType.Float32,
        SafetensorsDtype.F16 => ScalarType.Float16,
        SafetensorsDtype.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };
}

using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Rpc;

/// <summary>Words of the protocol and those of the model part.</summary>
internal static class ProtoEnums
{
    public static KeepRule ToKeepRule(string name) => KeepRule.TryParse(name, out var rule)
        ? rule
        : throw new NotSupportedException($"the run has a keep rule ({name}) that this worker does not know");

    public static ModelDtype ToModel(Dtype dtype) => dtype switch
    {
        Dtype.Fp32 => ModelDtype.Float32,
        Dtype.Fp16 => ModelDtype.Float16,
        Dtype.Bf16 => ModelDtype.BFloat16,
        _ => throw new NotSupportedException($"the run has a dtype ({dtype}) that this worker does not know"),
    };

    public static Dtype ToProto(ModelDtype dtype) => dtype switch
    {
        ModelDtype.Float32 => Dtype.Fp32,
        ModelDtype.Float16 => Dtype.Fp16,
        ModelDtype.BFloat16 => Dtype.Bf16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };
}

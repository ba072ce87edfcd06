using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using KeepRule = FineWebTorch.Model.KeepRule;
using ProtoKeepRule = FineWebTorch.Protos.V1.KeepRule;

namespace FineWebTorch.Worker.Rpc;

/// <summary>Enums of the protocol and those of the model part.</summary>
internal static class ProtoEnums
{
    public static KeepRule ToModel(ProtoKeepRule rule) => rule switch
    {
        ProtoKeepRule.Int3 => KeepRule.Int3,
        ProtoKeepRule.Raw3 => KeepRule.Raw3,
        ProtoKeepRule.Raw25 => KeepRule.Raw25,
        ProtoKeepRule.All => KeepRule.All,
        _ => throw new NotSupportedException($"the run has a keep rule ({rule}) that this worker does not know"),
    };

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

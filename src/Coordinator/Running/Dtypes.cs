using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The protocol's dtypes in the words of the command line.</summary>
internal static class Dtypes
{
    public static string Name(Dtype dtype) => dtype switch
    {
        Dtype.Fp32 => "fp32",
        Dtype.Fp16 => "fp16",
        Dtype.Bf16 => "bf16",
        _ => "auto",
    };

    public static bool TryParse(string text, out Dtype dtype)
    {
        (dtype, var known) = text switch
        {
            "fp32" => (Dtype.Fp32, true),
            "fp16" => (Dtype.Fp16, true),
            "bf16" => (Dtype.Bf16, true),
            "auto" => (Dtype.Unspecified, true),
            _ => (Dtype.Unspecified, false),
        };
        return known;
    }

    public static Dtype Parse(string text) =>
        TryParse(text, out var dtype) ? dtype : throw new FormatException($"unknown dtype '{text}'");
}

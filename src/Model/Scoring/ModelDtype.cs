using System.Diagnostics.CodeAnalysis;

namespace FineWebTorch.Model;

/// <summary>
/// The type in which linear layers are computed. In the 16-bit modes the residual stream, LayerNorm, softmax and
/// head stay in fp32.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the names of the types.")]
public enum ModelDtype
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>IEEE 754 half precision.</summary>
    Float16,

    /// <summary>The upper half of a single-precision number.</summary>
    BFloat16,
}

/// <summary>The names users write for a <see cref="ModelDtype"/>.</summary>
public static class ModelDtypes
{
    /// <summary>"fp32", "fp16" or "bf16".</summary>
    public static string Name(ModelDtype dtype) => dtype switch
    {
        ModelDtype.Float32 => "fp32",
        ModelDtype.Float16 => "fp16",
        ModelDtype.BFloat16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    /// <summary>Reads such a name.</summary>
    public static bool TryParse(string name, out ModelDtype dtype)
    {
        (dtype, var known) = name switch
        {
            "fp32" => (ModelDtype.Float32, true),
            "fp16" => (ModelDtype.Float16, true),
            "bf16" => (ModelDtype.BFloat16, true),
            _ => (default, false),
        };
        return known;
    }
}

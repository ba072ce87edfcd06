namespace FineWebTorch.Model.Files;

/// <summary>Element types of the safetensors format. Only F32, F16 and BF16 serve as weights.</summary>
internal enum SafetensorsDtype
{
    Bool,
    F4,
    F6E2M3,
    F6E3M2,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    F8E8M0,
    F8E4M3Fnuz,
    F8E5M2Fnuz,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,
}

internal static class SafetensorsDtypes
{
    public static bool TryParse(string name, out SafetensorsDtype dtype)
    {
        (dtype, var known) = name switch
        {
            "BOOL" => (SafetensorsDtype.Bool, true),
            "F4" => (SafetensorsDtype.F4, true),
            "F6_E2M3" => (SafetensorsDtype.F6E2M3, true),
            "F6_E3M2" => (SafetensorsDtype.F6E3M2, true),
            "F8_E5M2" => (SafetensorsDtype.F8E5M2, true),
            "F8_E4M3" => (SafetensorsDtype.F8E4M3, true),
            "F8_E8M0" => (SafetensorsDtype.F8E8M0, true),
            "F8_E4M3FNUZ" => (SafetensorsDtype.F8E4M3Fnuz, true),
            "F8_E5M2FNUZ" => (SafetensorsDtype.F8E5M2Fnuz, true),
            "BF16" => (SafetensorsDtype.BF16, true),
            "U8" or "I8" or "I16" or "U16" or "F16" or "I32" or "U32" or "F32" or "C64" or "F64" or "I64" or "U64"
                => (Enum.Parse<SafetensorsDtype>(name), true),
            _ => (default, false),
        };
        return known;
    }

    /// <summary>Size of an element in bits; the small floats are packed without gaps.</summary>
    public static int Bits(SafetensorsDtype dtype) => dtype switch
    {
        SafetensorsDtype.F4 => 4,
        SafetensorsDtype.F6E2M3 or SafetensorsDtype.F6E3M2 => 6,
        < SafetensorsDtype.I16 => 8,
        < SafetensorsDtype.I32 => 16,
        < SafetensorsDtype.C64 => 32,
        _ => 64,
    };
}

namespace TorchSharp.Interop;

/// <summary>The numbers that <c>fwt_switch_get</c> and <c>fwt_switch_set</c> know.</summary>
internal enum Switch
{
    MatmulTf32,
    MatmulReducedFp16,
    CudnnTf32,
    FlashSdp,
    MathSdp,
}

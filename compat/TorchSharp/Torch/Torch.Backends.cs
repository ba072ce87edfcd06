using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Switches of the whole process.</summary>
    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                public static bool allow_tf32 { get => Get(Switch.MatmulTf32); set => Set(Switch.MatmulTf32, value); }

                public static bool allow_fp16_reduced_precision_reduction
                {
                    get => Get(Switch.MatmulReducedFp16);
                    set => Set(Switch.MatmulReducedFp16, value);
                }
            }

            public static bool flash_sdp_enabled() => Get(Switch.FlashSdp);

            public static void enable_flash_sdp(bool enable) => Set(Switch.FlashSdp, enable);

            public static bool math_sdp_enabled() => Get(Switch.MathSdp);

            public static void enable_math_sdp(bool enable) => Set(Switch.MathSdp, enable);
        }

        public static class cudnn
        {
            public static bool allow_tf32 { get => Get(Switch.CudnnTf32); set => Set(Switch.CudnnTf32, value); }
        }

        private static bool Get(Switch which)
        {
            NativeMethods.fwt_switch_get(which, out var result);
            return result != 0;
        }

        private static void Set(Switch which, bool value) => NativeMethods.fwt_switch_set(which, value ? 1 : 0);
    }
}

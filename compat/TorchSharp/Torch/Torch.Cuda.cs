using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static class cuda
    {
        /// <summary>False on a libtorch without CUDA, and where there is no GPU or no driver.</summary>
        public static bool is_available() => device_count() > 0;

        public static bool is_cudnn_available()
        {
            NativeMethods.fwt_cudnn_available(out var result);
            return result != 0;
        }

        public static int device_count()
        {
            NativeMethods.fwt_cuda_device_count(out var result);
            return result;
        }

        /// <summary>Waits until a device has done all it was given.</summary>
        /// <param name="device">Null: the current one.</param>
        public static void synchronize(Device? device = null) =>
            NativeMethods.fwt_cuda_synchronize(device?.index ?? -1);
    }

    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>False: these sources build for Linux.</summary>
    public static bool mps_is_available() => false;
}

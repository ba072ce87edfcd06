using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_configuration(out nint result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_set_num_threads(int count);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_get_num_threads(out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_set_num_interop_threads(int count);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_get_num_interop_threads(out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_inference_mode_enter(int enabled, out nint result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cuda_device_count(out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cudnn_available(out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_switch_get(Switch which, out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_switch_set(Switch which, int value);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cuda_describe(
        int ordinal, out CudaDeviceDescription result, Span<byte> name, int capacity);

    [LibraryImport(Library)]
    internal static partial int fwt_grad_enabled();

    [LibraryImport(Library)]
    internal static partial void fwt_set_grad_enabled(int enabled);

    [LibraryImport(Library)]
    internal static partial int fwt_inference_mode_enabled();

    [LibraryImport(Library)]
    internal static partial void fwt_inference_mode_leave(nint mode);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cuda_built(out int result);
}

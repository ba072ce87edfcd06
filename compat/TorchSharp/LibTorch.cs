using System.Runtime.InteropServices;
using System.Text;
using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>
/// What the libtorch in use says of itself and of its devices. Not in TorchSharp, whose version is a constant of
/// its build: callers compile this only where <c>NUGET_PACKAGES</c> is not defined.
/// </summary>
public static class LibTorch
{
    private static readonly Lazy<LibTorchConfiguration> Parsed = new(() => LibTorchConfiguration.Parse(Configuration));

    /// <summary>Its version, like "2.11.0", read from the loaded library.</summary>
    public static string Version => Parsed.Value.Version;

    /// <summary>The instruction set its CPU kernels use: "AVX512", "AVX2", "DEFAULT" and the like.</summary>
    public static string CpuCapability => Parsed.Value.CpuCapability;

    /// <summary>Whether it was built with CUDA, be there a GPU or not.</summary>
    public static bool IsCudaBuild
    {
        get
        {
            NativeMethods.fwt_cuda_built(out var result);
            return result != 0;
        }
    }

    /// <summary>All that it tells of how it was built, in several lines.</summary>
    public static string Configuration
    {
        get
        {
            NativeMethods.fwt_configuration(out var text);
            return NativeMethods.TakeText(text);
        }
    }

    /// <summary>Native tensors alive now, whether or not managed code still refers to them.</summary>
    public static long LiveTensors => NativeMethods.fwt_live_tensors();

    /// <summary>Like "NVIDIA H100 80GB HBM3".</summary>
    /// <param name="index">Below <see cref="torch.cuda.device_count"/>.</param>
    /// <exception cref="ExternalException">There is no such device, or no driver.</exception>
    public static string CudaDeviceName(int index) => Describe(index, out _);

    /// <summary>All of its memory, in bytes, in use or not.</summary>
    /// <inheritdoc cref="CudaDeviceName"/>
    public static long CudaDeviceMemory(int index)
    {
        Describe(index, out var device);
        return device.Memory;
    }

    /// <summary>Like (9, 0) for Hopper.</summary>
    /// <inheritdoc cref="CudaDeviceName"/>
    public static (int Major, int Minor) CudaComputeCapability(int index)
    {
        Describe(index, out var device);
        return (device.Major, device.Minor);
    }

    /// <summary>How many streaming multiprocessors it has.</summary>
    /// <inheritdoc cref="CudaDeviceName"/>
    public static int CudaMultiprocessorCount(int index)
    {
        Describe(index, out var device);
        return device.Multiprocessors;
    }

    private static string Describe(int index, out CudaDeviceDescription device)
    {
        Span<byte> name = stackalloc byte[256];
        NativeMethods.fwt_cuda_describe(index, out device, name, name.Length);
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>The functions of native/*.cpp, which says what they do.</summary>
internal sealed unsafe class CudaLibrary
{
    public const string Name = "libfinewebtorch_cuda.so";

    private static readonly Lazy<CudaLibrary> Library = new(Load);

    private readonly delegate* unmanaged<nint, void> _free;

    private CudaLibrary(nint library)
    {
        nint Find(string name) => NativeLibrary.GetExport(library, name);
        _free = (delegate* unmanaged<nint, void>)Find("fwc_free");
        FlashAttention = (delegate* unmanaged<nint, nint, nint, nint, nint, long, long, nint*, nint>)
            Find("fwc_flash_attention");
        EfficientAttention = (delegate* unmanaged<nint, nint, nint, nint, nint, long, long, nint*, nint>)
            Find("fwc_efficient_attention");
        DeviceOpen = (delegate* unmanaged<int, nint*, nint>)Find("fwc_device_open");
        DeviceClose = (delegate* unmanaged<nint, void>)Find("fwc_device_close");
        EventCreate = (delegate* unmanaged<nint, nint*, nint>)Find("fwc_event_create");
        EventDestroy = (delegate* unmanaged<nint, void>)Find("fwc_event_destroy");
        EventRecord = (delegate* unmanaged<nint, nint, nint>)Find("fwc_event_record");
        EventQuery = (delegate* unmanaged<nint, int*, nint>)Find("fwc_event_query");
        EventWait = (delegate* unmanaged<nint, nint>)Find("fwc_event_wait");
        EventElapsed = (delegate* unmanaged<nint, nint, float*, nint>)Find("fwc_event_elapsed");
        HostKernels = (delegate* unmanaged<nint*, nint>)Find("fwc_host_kernels");
        DeviceKernels = (delegate* unmanaged<nint, int, int, byte*, nint*, nint>)Find("fwc_device_kernels");
        KernelsClose = (delegate* unmanaged<nint, void>)Find("fwc_kernels_close");
        AddNormalize = (delegate* unmanaged<nint, nint, nint, nint, nint, float, nint, nint, nint>)
            Find("fwc_add_normalize");
        Embed = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, float, nint, nint, nint>)
            Find("fwc_embed");
    }

    /// <exception cref="DllNotFoundException">It was not built, or not for this libtorch.</exception>
    public static CudaLibrary Loaded => Library.Value;

    public delegate* unmanaged<nint, nint, nint, nint, nint, long, long, nint*, nint> FlashAttention { get; }

    public delegate* unmanaged<nint, nint, nint, nint, nint, long, long, nint*, nint> EfficientAttention { get; }

    public delegate* unmanaged<int, nint*, nint> DeviceOpen { get; }

    public delegate* unmanaged<nint, void> DeviceClose { get; }

    public delegate* unmanaged<nint, nint*, nint> EventCreate { get; }

    public delegate* unmanaged<nint, void> EventDestroy { get; }

    public delegate* unmanaged<nint, nint, nint> EventRecord { get; }

    public delegate* unmanaged<nint, int*, nint> EventQuery { get; }

    public delegate* unmanaged<nint, nint> EventWait { get; }

    public delegate* unmanaged<nint, nint, float*, nint> EventElapsed { get; }

    public delegate* unmanaged<nint*, nint> HostKernels { get; }

    public delegate* unmanaged<nint, int, int, byte*, nint*, nint> DeviceKernels { get; }

    public delegate* unmanaged<nint, void> KernelsClose { get; }

    public delegate* unmanaged<nint, nint, nint, nint, nint, float, nint, nint, nint> AddNormalize { get; }

    public delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, float, nint, nint, nint> Embed { get; }

    /// <param name="error">What a function returned.</param>
    /// <exception cref="ExternalException">It failed; the message is the library's, or libtorch's.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "The same type as for libtorch's other errors.")]
    public void Check(nint error)
    {
        if (error == 0)
            return;
        var message = Marshal.PtrToStringUTF8(error) ?? "";
        _free(error);
        throw new ExternalException(message);
    }

    private static CudaLibrary Load()
    {
        var folders = new[] { Environment.GetEnvironmentVariable("FINEWEB_NATIVE"), AppContext.BaseDirectory };
        var path = folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, Name))
            .FirstOrDefault(File.Exists) ?? throw new DllNotFoundException($"{Name} is missing");
        return new CudaLibrary(NativeLibrary.Load(path));
    }
}

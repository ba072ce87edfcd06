using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>The functions of the CUDA driver that are used here, under the names of its documentation.</summary>
internal sealed unsafe class CudaDriver
{
    private const int OutOfMemory = 2, NotReady = 600;

    private static readonly Lazy<CudaDriver> Library = new(() => new CudaDriver(NativeLibraries.OpenCudaDriver()));

    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<nuint*, int, int> _deviceTotalMem;
    private readonly delegate* unmanaged<int*, int, int, int> _deviceGetAttribute;
    private readonly delegate* unmanaged<byte*, int, int> _deviceGetUuid;
    private readonly delegate* unmanaged<nint*, int, int> _primaryContextRetain;
    private readonly delegate* unmanaged<int, int> _primaryContextRelease;
    private readonly delegate* unmanaged<nint, int> _contextPush;
    private readonly delegate* unmanaged<nint*, int> _contextPop;
    private readonly delegate* unmanaged<nint*, uint, int> _eventCreate;
    private readonly delegate* unmanaged<nint, int> _eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> _eventRecord;
    private readonly delegate* unmanaged<nint, int> _eventQuery;
    private readonly delegate* unmanaged<nint, int> _eventSynchronize;
    private readonly delegate* unmanaged<float*, nint, nint, int> _eventElapsedTime;
    private readonly delegate* unmanaged<nint*, byte*, int> _moduleLoadData;
    private readonly delegate* unmanaged<nint, int> _moduleUnload;
    private readonly delegate* unmanaged<nint*, nint, byte*, int> _moduleGetFunction;
    private readonly delegate* unmanaged<
        nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launchKernel;

    /// <param name="library">libcuda, opened.</param>
    /// <exception cref="EntryPointNotFoundException">It is too old.</exception>
    /// <exception cref="ExternalException">It finds no device that works.</exception>
    public CudaDriver(nint library)
    {
        nint Find(string name) => NativeLibrary.GetExport(library, name);
        _deviceGet = (delegate* unmanaged<int*, int, int>)Find("cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)Find("cuDeviceGetName");
        _deviceTotalMem = (delegate* unmanaged<nuint*, int, int>)Find("cuDeviceTotalMem_v2");
        _deviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)Find("cuDeviceGetAttribute");
        // Since CUDA 11.4.
        _deviceGetUuid = (delegate* unmanaged<byte*, int, int>)(
            NativeLibrary.TryGetExport(library, "cuDeviceGetUuid_v2", out var getUuid) ? getUuid : 0);
        _primaryContextRetain = (delegate* unmanaged<nint*, int, int>)Find("cuDevicePrimaryCtxRetain");
        _primaryContextRelease = (delegate* unmanaged<int, int>)Find("cuDevicePrimaryCtxRelease_v2");
        _contextPush = (delegate* unmanaged<nint, int>)Find("cuCtxPushCurrent_v2");
        _contextPop = (delegate* unmanaged<nint*, int>)Find("cuCtxPopCurrent_v2");
        _eventCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuEventCreate");
        _eventDestroy = (delegate* unmanaged<nint, int>)Find("cuEventDestroy_v2");
        _eventRecord = (delegate* unmanaged<nint, nint, int>)Find("cuEventRecord");
        _eventQuery = (delegate* unmanaged<nint, int>)Find("cuEventQuery");
        _eventSynchronize = (delegate* unmanaged<nint, int>)Find("cuEventSynchronize");
        _eventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)Find("cuEventElapsedTime");
        _moduleLoadData = (delegate* unmanaged<nint*, byte*, int>)Find("cuModuleLoadData");
        _moduleUnload = (delegate* unmanaged<nint, int>)Find("cuModuleUnload");
        _moduleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Find("cuModuleGetFunction");
        _launchKernel = (delegate* unmanaged<
            nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Find("cuLaunchKernel");
        Check(((delegate* unmanaged<uint, int>)Find("cuInit"))(0), "cuInit");
    }

    /// <summary>This machine's.</summary>
    /// <exception cref="DllNotFoundException">There is no NVIDIA driver.</exception>
    public static CudaDriver Loaded => Library.Value;

    /// <param name="index">Number of the GPU, as CUDA_VISIBLE_DEVICES leaves them.</param>
    public int Device(int index)
    {
        int device;
        Check(_deviceGet(&device, index), "cuDeviceGet");
        return device;
    }

    public string NameOf(int device)
    {
        const int Length = 256;
        var name = stackalloc byte[Length];
        Check(_deviceGetName(name, Length, device), "cuDeviceGetName");
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    /// <returns>Bytes.</returns>
    public long MemoryOf(int device)
    {
        nuint bytes;
        Check(_deviceTotalMem(&bytes, device), "cuDeviceTotalMem");
        return (long)bytes;
    }

    /// <summary>As nvidia-smi shows it, without what stands before it; of a MIG device its own.</summary>
    /// <returns>Null where the driver does not say.</returns>
    public string? UuidOf(int device)
    {
        const int Length = 16;
        var bytes = stackalloc byte[Length];
        return _deviceGetUuid != null && _deviceGetUuid(bytes, device) == 0
            ? new Guid(new ReadOnlySpan<byte>(bytes, Length), bigEndian: true).ToString()
            : null;
    }

    /// <summary>As in sm_XY: 10 X + Y.</summary>
    public int ArchitectureOf(int device) => 10 * Attribute(75, device) + Attribute(76, device);

    /// <summary>The context that libtorch computes in, too.</summary>
    public nint RetainContext(int device)
    {
        nint context;
        Check(_primaryContextRetain(&context, device), "cuDevicePrimaryCtxRetain");
        return context;
    }

    public void ReleaseContext(int device) => _ = _primaryContextRelease(device);

    /// <summary>Calls the driver with a context as the calling thread's.</summary>
    public void In(nint context, Action call)
    {
        Check(_contextPush(context), "cuCtxPushCurrent");
        try
        {
            call();
        }
        finally
        {
            nint popped;
            _ = _contextPop(&popped);
        }
    }

    /// <summary>In the current context.</summary>
    public nint CreateEvent()
    {
        const uint BlockingSync = 1; // a thread that waits sleeps
        nint created;
        Check(_eventCreate(&created, BlockingSync), "cuEventCreate");
        return created;
    }

    public void Destroy(nint handle) => _ = _eventDestroy(handle);

    /// <summary>On the default stream of the current context, on which libtorch works.</summary>
    public void Record(nint handle) => Check(_eventRecord(handle, 0), "cuEventRecord");

    public bool IsReached(nint handle)
    {
        var status = _eventQuery(handle);
        if (status != NotReady)
            Check(status, "cuEventQuery");
        return status == 0;
    }

    public void Wait(nint handle) => Check(_eventSynchronize(handle), "cuEventSynchronize");

    public TimeSpan Between(nint begin, nint end)
    {
        float milliseconds;
        Check(_eventElapsedTime(&milliseconds, begin, end), "cuEventElapsedTime");
        return TimeSpan.FromMilliseconds(milliseconds);
    }

    /// <param name="image">A cubin, or PTX that ends with a zero.</param>
    public nint LoadModule(ReadOnlySpan<byte> image)
    {
        nint module;
        fixed (byte* start = image)
            Check(_moduleLoadData(&module, start), "cuModuleLoadData");
        return module;
    }

    public void Unload(nint module) => _ = _moduleUnload(module);

    public nint FunctionOf(nint module, string name)
    {
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            Check(_moduleGetFunction(&function, module, text), "cuModuleGetFunction");
        return function;
    }

    /// <summary>Queues blocks of threads on the default stream of the current context.</summary>
    /// <param name="arguments">A pointer to each argument.</param>
    public void Launch(nint function, uint blocks, uint threads, void** arguments) =>
        Check(_launchKernel(function, blocks, 1, 1, threads, 1, 1, 0, 0, arguments, null), "cuLaunchKernel");

    private int Attribute(int which, int device)
    {
        int value;
        Check(_deviceGetAttribute(&value, which, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <exception cref="ExternalException">The call failed.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "The same type as for libtorch's errors.")]
    private static void Check(int status, string call)
    {
        if (status == OutOfMemory)
            throw new ExternalException($"{call}: CUDA out of memory");
        if (status != 0)
            throw new ExternalException($"{call} failed with CUDA error {status}");
    }
}

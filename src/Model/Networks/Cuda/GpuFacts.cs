using System.Globalization;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>What a GPU says of itself.</summary>
/// <param name="Name">Such as "NVIDIA H100 80GB HBM3".</param>
/// <param name="Architecture">As in sm_XY: 10 X + Y; compute capability X.Y.</param>
/// <param name="MemoryBytes">All of its memory.</param>
internal sealed record GpuFacts(string Name, int Architecture, long MemoryBytes)
{
    /// <inheritdoc cref="ComputeDevice.Uuid"/>
    public string? Uuid { get; init; }

    /// <summary>
    /// The types that it computes fast: its tensor cores take fp16 from Volta (7.0) on and bf16 from Ampere (8.0) on.
    /// </summary>
    public IReadOnlyList<ModelDtype> Dtypes => Architecture switch
    {
        >= 80 => [ModelDtype.Float32, ModelDtype.Float16, ModelDtype.BFloat16],
        >= 70 => [ModelDtype.Float32, ModelDtype.Float16],
        _ => [ModelDtype.Float32],
    };

    /// <exception cref="ExternalException">The driver does not know this GPU.</exception>
    public static GpuFacts Read(CudaDriver driver, int index)
    {
        var device = driver.Device(index);
        return new GpuFacts(driver.NameOf(device), driver.ArchitectureOf(device), driver.MemoryOf(device))
        {
            Uuid = driver.UuidOf(device),
        };
    }

    /// <summary>All that decides the last bits of a score on it.</summary>
    /// <param name="libtorch">Its name and version.</param>
    /// <param name="cuda">Versions of the libraries below it.</param>
    /// <param name="kernels">What computes.</param>
    public string NumericClass(string libtorch, CudaVersions cuda, string kernels) => string.Create(
        CultureInfo.InvariantCulture, $"cuda;{Name};sm_{Architecture};{libtorch};{cuda};{kernels}");
}

/// <summary>Versions of CUDA's libraries in use, such as "12.8" and "12.8.4"; null where one does not say.</summary>
internal sealed record CudaVersions(string? Runtime, string? Cublas)
{
    /// <summary>Of libraries that are open; 0 for one that is not there.</summary>
    public static unsafe CudaVersions Read(nint runtime, nint cublas)
    {
        int number = 0, major = 0, minor = 0, patch = 0;
        var hasRuntime = Find(runtime, "cudaRuntimeGetVersion", out var runtimeVersion)
            && ((delegate* unmanaged<int*, int>)runtimeVersion)(&number) == 0;
        var hasCublas = false;
        if (Find(cublas, "cublasGetProperty", out var property))
        {
            // libraryPropertyType: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL
            var ask = (delegate* unmanaged<int, int*, int>)property;
            hasCublas = ask(0, &major) == 0 && ask(1, &minor) == 0 && ask(2, &patch) == 0;
        }
        return new CudaVersions(
            hasRuntime ? string.Create(CultureInfo.InvariantCulture, $"{number / 1000}.{number % 1000 / 10}") : null,
            hasCublas ? string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}") : null);
    }

    public override string ToString() => $"CUDA {Runtime ?? "unknown"};cuBLAS {Cublas ?? "unknown"}";

    private static bool Find(nint library, string name, out nint function)
    {
        function = 0;
        return library != 0 && NativeLibrary.TryGetExport(library, name, out function);
    }
}

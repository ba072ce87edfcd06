using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace FineWebTorch.Model.Networks;

/// <summary>
/// Every native library of this assembly: what it is called on each system and where it is looked for. libtorch's own
/// lie where the runtime finds those of TorchSharp; the CPU kernels in FINEWEB_NATIVE, or else beside the program;
/// NVIDIA's wherever the system has them.
/// </summary>
internal static partial class NativeLibraries
{
    private static readonly Lazy<nint> FoundTorchCpu = new(() => OfTorchSharp("torch_cpu"));

    private static readonly Lazy<nint> FoundTorchCuda = new(() => OfTorchSharp("torch_cuda"));

    /// <summary>libtorch's C functions; 0 where there is no libtorch.</summary>
    public static nint TorchCpu => FoundTorchCpu.Value;

    /// <summary>libtorch's part for NVIDIA GPUs; 0 where it was built without.</summary>
    public static nint TorchCuda => FoundTorchCuda.Value;

    /// <summary>NVIDIA's driver.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    public static nint OpenCudaDriver() => First("the NVIDIA driver", ["libcuda.so.1"], ["nvcuda.dll"]);

    /// <summary>NVIDIA's run-time compiler: libtorch's door to the one it was built with, else the system's.</summary>
    /// <exception cref="DllNotFoundException">There is none.</exception>
    public static nint OpenNvrtc()
    {
        // dlsym looks through what a library depends on, too; Windows does not.
        var door = OperatingSystem.IsWindows() ? 0 : OfTorchSharp("caffe2_nvrtc");
        return door != 0 ? door : First(
            "NVRTC",
            ["libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"],
            ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"]);
    }

    /// <summary>Where <c>cudaRuntimeGetVersion</c> may be found; 0 where nowhere.</summary>
    public static nint CudaRuntime() => OperatingSystem.IsWindows()
        ? OfTorchSharp("cudart64_13", "cudart64_12", "cudart64_110")
        : TorchCuda;

    /// <summary>Where <c>cublasGetProperty</c> may be found; 0 where nowhere.</summary>
    public static nint Cublas() => OperatingSystem.IsWindows()
        ? OfTorchSharp("cublas64_13", "cublas64_12", "cublas64_11")
        : TorchCuda;

    /// <summary>What a library is called here: libNAME.so, libNAME.dylib or NAME.dll.</summary>
    public static string FileOf(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>Where the runtime looks for the native libraries of packages, and the program's own folder.</summary>
    public static IEnumerable<string> Folders =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory);

#pragma warning disable CA2255 // A library may not run code unasked; this must come before its first native call
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        LetThreadsSleep();
        NativeLibrary.SetDllImportResolver(
            typeof(NativeLibraries).Assembly,
            (name, _, _) => name == KernelLibrary.Name ? KernelLibrary.Current.Handle : 0);
        // Asked only when the runtime has found none that loads; a resolver of TorchSharp's assembly would be its own.
        if (OperatingSystem.IsLinux())
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
                name == TorchSharpLibrary.Name ? TorchSharpLibrary.LoadMended(Folders) : 0;
    }

    private static nint OfTorchSharp(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, typeof(torch).Assembly, null, out var library))
                return library;
        }
        return 0;
    }

    private static nint First(string what, string[] onLinux, string[] onWindows)
    {
        var names = OperatingSystem.IsWindows() ? onWindows : onLinux;
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return library;
        }
        throw new DllNotFoundException($"{what} is not installed here ({names[0]})");
    }

    /// <summary>
    /// Lets OpenMP's threads sleep while they wait. By default they spin for the cores that tokenizing and the CPU
    /// kernels' threads need: ten times slower on a machine with other work on it.
    /// </summary>
    private static void LetThreadsSleep()
    {
        // Read when libtorch is loaded. Environment.SetEnvironmentVariable does not reach native code. What the user
        // has set stays.
        if (OperatingSystem.IsLinux())
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}

/// <summary>The native library of fused CPU operators, which native/CMakeLists.txt builds.</summary>
/// <param name="Handle">0 where it is not to be had.</param>
/// <param name="Problem">Why it is not, in one line.</param>
internal sealed unsafe record KernelLibrary(nint Handle, string? Problem)
{
    public const string Name = "finewebtorch_kernels";

    /// <summary>kFinewebLibraryVersion of native/api.h.</summary>
    private const int Version = 1;

    private static readonly Lazy<KernelLibrary> OfThisProcess = new(() => Find(Folders));

    public static string FileName { get; } = NativeLibraries.FileOf(Name);

    private static IEnumerable<string> Folders =>
        Environment.GetEnvironmentVariable("FINEWEB_NATIVE") is { Length: > 0 } chosen
            ? [chosen]
            : NativeLibraries.Folders;

    /// <summary>That in the folder FINEWEB_NATIVE names, else that of the program or its packages.</summary>
    public static KernelLibrary Current => OfThisProcess.Value;

    /// <summary>Loads the library from the first folder where it loads.</summary>
    internal static KernelLibrary Find(IEnumerable<string> folders)
    {
        string? problem = null;
        foreach (var path in folders.Select(folder => Path.Combine(folder, FileName)).Where(File.Exists))
        {
            var library = Load(path);
            if (library.Handle != 0)
                return library;
            problem ??= library.Problem;
        }
        return new KernelLibrary(
            0,
            problem ?? $"{FileName} is not installed; build/native builds it where there are CMake and a C++ compiler");
    }

    private static KernelLibrary Load(string path)
    {
        try
        {
            var library = NativeLibrary.Load(path);
            return NativeLibrary.TryGetExport(library, "fineweb_library_version", out var version)
                && ((delegate* unmanaged<int>)version)() == Version
                    ? new KernelLibrary(library, null)
                    : new KernelLibrary(0, $"{path} belongs to another version of this program; run build/native");
        }
        catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
        {
            // The loader's own words come last, after advice on where to look for them.
            var words = refused.Message.Trim().Split('\n')[^1].Trim();
            return new KernelLibrary(0, $"{path} does not load: {words}");
        }
    }
}

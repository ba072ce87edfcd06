using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>The fused operators in one instruction set. Equal names give equal bits on every machine.</summary>
internal sealed class CpuKernels
{
    /// <summary>Goes up with every change of the kernels' bits; part of the numeric class.</summary>
    public const int Revision = 2;

    /// <summary>Best first. Below AVX2 libtorch's own operators are faster.</summary>
    private static readonly string[] Fast = ["avx512", "avx2"];

    private CpuKernels(string name, nint handle) => (Name, Handle) = (name, handle);

    /// <summary>All that can be asked for by name, whether this machine runs them or not.</summary>
    public static IReadOnlyList<string> Names { get; } = ["generic", "avx2", "avx512", "avx512-emulated"];

    /// <summary>"generic", "avx2", "avx512" or "avx512-emulated", AVX-512's kernels run slowly on AVX2.</summary>
    public string Name { get; }

    public nint Handle { get; }

    /// <summary>The fastest that this machine runs; null where it runs none, or none faster than libtorch.</summary>
    public static CpuKernels? Best => Fast.Select(Find).FirstOrDefault(kernels => kernels is not null);

    /// <summary>Why there is no <see cref="Best"/>, in one line; null where there is.</summary>
    public static string? WhyNoneIsFast => WhyNoneIsFastOf(KernelLibrary.Current, name => Find(name) is not null);

    /// <summary>Those that this machine runs.</summary>
    public static IEnumerable<string> RunningHere => Names.Where(name => Find(name) is not null);

    /// <returns>Null where the machine lacks the instructions, or the library is absent.</returns>
    public static CpuKernels? Find(string name)
    {
        var handle = KernelLibrary.Current.Handle == 0 ? 0 : NativeKernels.fineweb_kernels_find(name);
        return handle == 0 ? null : new CpuKernels(name, handle);
    }

    /// <inheritdoc cref="WhyNoneIsFast"/>
    /// <param name="library">Where they come from.</param>
    /// <param name="runs">Whether this machine runs those of a name.</param>
    internal static string? WhyNoneIsFastOf(KernelLibrary library, Func<string, bool> runs) =>
        Fast.Any(runs) ? null : library.Problem ?? "this CPU has neither AVX2 with FMA nor AVX-512";

    /// <summary>The same instruction set's kernels of bf16 products; null where it has none.</summary>
    public CpuKernels? InBFloat16() => Name switch
    {
        "avx512" => Find("avx512-bf16"),
        "avx512-emulated" => Find("avx512-bf16-emulated"),
        _ => null,
    };
}

/// <summary>The native library of fused CPU operators, which native/CMakeLists.txt builds.</summary>
/// <param name="Handle">0 where it is not to be had.</param>
/// <param name="Problem">Why it is not, in one line.</param>
internal sealed unsafe record KernelLibrary(nint Handle, string? Problem)
{
    public const string Name = "finewebtorch_kernels";

    /// <summary>kFinewebLibraryVersion of native/api.h.</summary>
    private const int Version = 1;

    private static readonly Lazy<KernelLibrary> OfThisProcess = new(() => Find(Folders()));

    public static string FileName { get; } =
        OperatingSystem.IsWindows() ? $"{Name}.dll" : OperatingSystem.IsMacOS() ? $"lib{Name}.dylib" : $"lib{Name}.so";

    /// <summary>That in the folder FINEWEB_NATIVE names, else that of the program or its packages.</summary>
    public static KernelLibrary Current => OfThisProcess.Value;

    /// <summary>For <see cref="NativeLibrary.SetDllImportResolver"/>; 0 leaves the search to the runtime.</summary>
    public static nint Resolve(string name) => name == Name ? Current.Handle : 0;

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

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("FINEWEB_NATIVE") is { Length: > 0 } chosen)
            return [chosen];
        // Where the runtime looks, too: the program's folder, and those of packages.
        var packages = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return [AppContext.BaseDirectory, .. packages.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
    }
}

using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>The native library of fused CPU operators. Where it is absent, operators are composed of libtorch's.</summary>
internal static class KernelLibrary
{
    public const string Name = "libfinewebtorch_kernels.so";

    private static readonly Lazy<nint> Library = new(Load);

    public static bool IsThere => Library.Value != 0;

    /// <summary>For <see cref="NativeLibrary.SetDllImportResolver"/>; 0 leaves the search to the runtime.</summary>
    public static nint Resolve(string name) => name == Name ? Library.Value : 0;

    private static nint Load()
    {
        foreach (var folder in (string?[])[Environment.GetEnvironmentVariable("FINEWEB_NATIVE"), AppContext.BaseDirectory])
        {
            if (!string.IsNullOrEmpty(folder) && NativeLibrary.TryLoad(Path.Combine(folder, Name), out var library))
                return library;
        }
        return 0;
    }
}

using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>The native library of fused CPU operators. Where it is absent, libtorch's own take their place.</summary>
internal static class KernelLibrary
{
    public const string Name = "libfinewebtorch_kernels.so";

    private static readonly Lazy<nint> Library = new(Load);

    public static bool IsThere => Library.Value != 0;

    /// <summary>For <see cref="NativeLibrary.SetDllImportResolver"/>; 0 leaves the search to the runtime.</summary>
    public static nint Resolve(string name) => name == Name ? Library.Value : 0;

    private static nint Load()
    {
        string?[] folders = [Environment.GetEnvironmentVariable("FINEWEB_NATIVE"), AppContext.BaseDirectory];
        foreach (var folder in folders)
        {
            if (!string.IsNullOrEmpty(folder) && NativeLibrary.TryLoad(Path.Combine(folder, Name), out var library))
                return library;
        }
        return 0;
    }
}

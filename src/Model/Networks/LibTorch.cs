using System.Runtime.InteropServices;
using TorchSharp;

namespace FineWebTorch.Model.Networks;

/// <summary>libtorch's C functions, for what TorchSharp has no name for.</summary>
internal static unsafe class LibTorch
{
    private static readonly Lazy<Version> Number = new(ReadVersion);

    private static readonly Lazy<nint> GetDataPointer = new(() => Find("aoti_torch_get_data_ptr") is not 0 and var found
        ? found
        : throw new EntryPointNotFoundException($"{Version} has no aoti_torch_get_data_ptr"));

    /// <summary>Like "libtorch 2.10.0".</summary>
    public static string Version => $"libtorch {Number.Value}";

    /// <summary>
    /// Whether it has the attention operators of packed sequences in the form that is known here: their declarations
    /// in 2.10 to 2.12 have been read, and they change between releases.
    /// </summary>
    public static bool HasPackedAttention => Number.Value is { Major: 2, Minor: >= 10 and <= 12 };

    /// <summary>Whether it is of this release.</summary>
    public static bool Is(int major, int minor) => Number.Value.Major == major && Number.Value.Minor == minor;

    /// <summary>One of its C functions; 0 where it has none of that name.</summary>
    public static nint Find(string name) =>
        NativeLibraries.TorchCpu is not 0 and var library
        && NativeLibrary.TryGetExport(library, name, out var function) ? function : 0;

    /// <summary>Where a tensor's numbers begin, on whichever device it is.</summary>
    public static nint DataOf(torch.Tensor tensor)
    {
        nint data;
        var error = ((delegate* unmanaged<nint, nint*, int>)GetDataPointer.Value)(tensor.Handle, &data);
        GC.KeepAlive(tensor);
        return error == 0 ? data : throw new InvalidOperationException("the tensor has no memory of its own");
    }

    /// <summary>From the library itself: a byte each for major, minor and patch, from the highest on.</summary>
    private static Version ReadVersion()
    {
        // The first use of TorchSharp loads libtorch, or says why not.
        _ = torch.get_num_threads();
        var function = Find("aoti_torch_abi_version");
        if (function == 0)
            return System.Version.Parse(torch.__version__);
        var bits = ((delegate* unmanaged<ulong>)function)();
        return new Version((int)(bits >> 56), (int)(bits >> 48 & 0xFF), (int)(bits >> 40 & 0xFF));
    }
}

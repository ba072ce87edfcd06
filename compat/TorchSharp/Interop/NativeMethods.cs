using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp.Interop;

/// <summary>The functions of native/*.cpp, which says what they do; here they are grouped by its files.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = TorchLibrary.Name;

    [SuppressMessage("Performance", "CA1810", Justification = "The resolver must be set before the first call.")]
    static NativeMethods() => NativeLibrary.SetDllImportResolver(
        typeof(NativeMethods).Assembly, (name, _, _) => name == Library ? TorchLibrary.Loaded : 0);

    /// <summary>Reads and frees text that the native library handed over.</summary>
    public static string TakeText(nint text)
    {
        try
        {
            return Utf8StringMarshaller.ConvertToManaged((byte*)text) ?? "";
        }
        finally
        {
            fwt_error_free(text);
        }
    }

    [LibraryImport(Library)]
    internal static partial void fwt_error_free(nint text);

    [LibraryImport(Library)]
    internal static partial void fwt_tensor_dispose(nint tensor);

    [LibraryImport(Library)]
    internal static partial void fwt_tensor_moved(int change);

    [LibraryImport(Library)]
    internal static partial long fwt_live_tensors();
}

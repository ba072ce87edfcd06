using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp.Interop;

[CustomMarshaller(typeof(NativeStatus), MarshalMode.ManagedToUnmanagedOut, typeof(NativeStatusMarshaller))]
internal static class NativeStatusMarshaller
{
    /// <param name="error">Null, or UTF-8 text of the native library's.</param>
    /// <exception cref="ExternalException">The call failed; the message is libtorch's.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "The type is TorchSharp's.")]
    public static NativeStatus ConvertToManaged(nint error)
    {
        if (error != 0)
            throw new ExternalException(NativeMethods.TakeText(error));
        return default;
    }
}

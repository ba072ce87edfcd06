using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp.Interop;

/// <summary>
/// What a native call came to. There is nothing to look at: a failed call throws while its result is read,
/// so that no caller can forget to check.
/// </summary>
[NativeMarshalling(typeof(NativeStatusMarshaller))]
internal readonly struct NativeStatus;

using System.Runtime.InteropServices;

namespace FineWebTorch.Worker.Devices;

/// <summary>Tells a device without enough memory from one that is broken.</summary>
internal static class OutOfMemory
{
    // libtorch has one kind of error for everything; these are its words on a GPU and on a CPU.
    public static bool Is(ExternalException exception) =>
        exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
        exception.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase) ||
        exception.Message.Contains("CUBLAS_STATUS_ALLOC_FAILED", StringComparison.Ordinal);
}

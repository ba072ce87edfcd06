using System.Runtime.InteropServices;

namespace FineWebTorch.Model;

/// <summary>A device, or the host, has no memory for a batch or a model. A smaller batch may fit.</summary>
public sealed class DeviceMemoryException : Exception
{
    /// <summary>Without a reason.</summary>
    public DeviceMemoryException() : base("out of memory")
    {
    }

    /// <param name="message">One line: who ran out of what.</param>
    public DeviceMemoryException(string message) : base(message)
    {
    }

    /// <param name="message">One line: who ran out of what.</param>
    /// <param name="innerException">The library's own error.</param>
    public DeviceMemoryException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>
/// A device, its driver or a library that computes has failed for another reason than memory. After an error of CUDA
/// nothing that the process still asks of the device can be relied on.
/// </summary>
public sealed class DeviceFailedException : Exception
{
    /// <summary>Without a reason.</summary>
    public DeviceFailedException() : base("the device has failed")
    {
    }

    /// <param name="message">One line: what failed.</param>
    public DeviceFailedException(string message) : base(message)
    {
    }

    /// <param name="message">One line: what failed.</param>
    /// <param name="innerException">The library's own error.</param>
    public DeviceFailedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>
/// Tells a device without enough memory from one that is broken. libtorch, the CUDA driver and the CPU kernels have one
/// kind of error for everything, so that only its words tell.
/// </summary>
internal static class DeviceErrors
{
    private static readonly string[] WordsOfMemory =
    [
        "out of memory",                // CUDA's allocator, the driver, Metal, our kernels
        "can't allocate memory",        // libtorch's allocator of the CPU
        "not enough memory",            // the same on Windows
        "bad_alloc",                    // C++
        "CUBLAS_STATUS_ALLOC_FAILED",
    ];

    /// <summary>Whether it comes from a device or a library, not from a wrong argument.</summary>
    public static bool Is(Exception error) => error is ExternalException or OutOfMemoryException;

    /// <summary>The same as <see cref="DeviceMemoryException"/> or <see cref="DeviceFailedException"/>.</summary>
    /// <param name="error">One that <see cref="Is"/> knows.</param>
    public static Exception From(Exception error) =>
        error is OutOfMemoryException || WordsOfMemory.Any(words =>
            error.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
            ? new DeviceMemoryException(LineOf(error), error)
            : new DeviceFailedException(LineOf(error), error);

    /// <summary>Does what asks a device or a library; what these throw is thrown as <see cref="From"/> has it.</summary>
    public static T Translate<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (Is(failure))
        {
            throw From(failure);
        }
    }

    /// <summary>What went wrong, without the traces that libtorch puts around it.</summary>
    public static string LineOf(Exception error)
    {
        const string FromScript = "RuntimeError: "; // TorchScript puts its own trace before it
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = Array.Find(lines, one => one.StartsWith(FromScript, StringComparison.Ordinal))?[FromScript.Length..];
        return line ?? lines.FirstOrDefault() ?? error.GetType().Name;
    }
}

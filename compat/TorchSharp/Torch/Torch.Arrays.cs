using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <inheritdoc cref="from_array(Array, ScalarType?, Device?, bool, string[])"/>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    /// <summary>
    /// A tensor of the array's dimensions that shares its memory where element type and device are the array's own,
    /// and a converted copy otherwise. While it shares, the array stays pinned until the last tensor on it dies.
    /// </summary>
    /// <exception cref="NotSupportedException">The array's elements are of no tensor type.</exception>
    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        Span<long> dimensions = stackalloc long[rawArray.Rank];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = rawArray.GetLongLength(i);
        return Adopt(rawArray, dimensions, dtype, device, requires_grad, names);
    }

    /// <summary>A one-dimensional tensor on part of an array, else as <c>from_array</c>.</summary>
    /// <param name="count">Elements; -1: all from the offset on.</param>
    /// <param name="offset">Elements to leave out at the start.</param>
    /// <exception cref="ArgumentException">The offset lies outside the array.</exception>
    /// <exception cref="IndexOutOfRangeException">There are fewer elements than that.</exception>
    public static Tensor frombuffer(
        Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        if (offset < 0 || offset >= rawArray.LongLength)
            throw new ArgumentException($"invalid value for 'offset': {offset}", nameof(offset));
        if (count > rawArray.LongLength - offset)
            throw ElementCountTooLarge(count);
        var elements = count < 0 ? rawArray.LongLength - offset : count;
        using var shared = Share(rawArray, offset, [elements]);
        return Finish(shared, dtype, CPU, requires_grad);
    }

    private static Tensor Adopt(
        Array array, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requiresGrad,
        string[]? names)
    {
        _ = Options(dtype, device, requiresGrad, names);
        var elements = 1L;
        foreach (var dimension in dimensions)
            elements = checked(elements * dimension);
        if (elements > array.LongLength)
        {
            throw new ArgumentException(
                $"mismatched total size creating a tensor from an array: {elements} vs. {array.LongLength}");
        }
        using var shared = Share(array, 0, dimensions);
        return Finish(shared, dtype, device, requiresGrad);
    }

    // The native side frees the pin exactly once, whether it succeeds or not.
    private static TensorHandle Share(Array array, long offset, ReadOnlySpan<long> dimensions)
    {
        var type = ElementType(array.GetType().GetElementType()) ?? throw new NotSupportedException(
            $"An array of {array.GetType().GetElementType()?.Name} cannot become a tensor.");
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + offset * SizeOf(type);
        NativeMethods.fwt_from_blob(
            start, dimensions, dimensions.Length, (int)type, GCHandle.ToIntPtr(pin), &Unpin, out var handle);
        return handle;
    }

    // Without a conversion the result is the shared tensor again, under a handle of its own.
    private static Tensor Finish(TensorHandle shared, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        NativeMethods.fwt_to(
            shared, dtype is null ? -1 : (int)dtype, (int)(device?.type ?? DeviceType.CPU), device?.index ?? -1,
            copy: 0, nonBlocking: 0, out var result);
        var tensor = new Tensor(result);
        if (requiresGrad)
            tensor.requires_grad = true;
        return tensor;
    }

    private static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        _ => 8,
    };

    [UnmanagedCallersOnly]
    private static void Unpin(nint context) => GCHandle.FromIntPtr(context).Free();

    // The exception that TorchSharp throws here.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2201", Justification = "The type is TorchSharp's.")]
    private static IndexOutOfRangeException ElementCountTooLarge(long count) =>
        new($"element count is too large: {count}");
}

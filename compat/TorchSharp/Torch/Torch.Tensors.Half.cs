namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of one dimension, copied from a list.</summary>
    public static Tensor tensor(
        IList<Half> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Adopt(rawArray.ToArray(), [rawArray.Count], dtype, device, requires_grad, names);

    /// <inheritdoc cref="tensor(IList{Half}, ScalarType?, Device?, bool, string[])"/>
    public static Tensor tensor(
        Half[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Adopt((Half[])rawArray.Clone(), [rawArray.Length], dtype, device, requires_grad, names);

    /// <summary>A tensor of the given dimensions, copied from a list, the last dimension fastest.</summary>
    /// <exception cref="ArgumentException">The list is shorter than that.</exception>
    public static Tensor tensor(
        IList<Half> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        Adopt(rawArray.ToArray(), dimensions, dtype, device, requires_grad, names);

    /// <inheritdoc cref="tensor(IList{Half}, ReadOnlySpan{long}, ScalarType?, Device?, bool, string[])"/>
    public static Tensor tensor(
        Half[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        Adopt((Half[])rawArray.Clone(), dimensions, dtype, device, requires_grad, names);
}

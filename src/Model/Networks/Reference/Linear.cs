using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// <c>y = x Wᵀ + b</c>, computed in the type of the weights whatever the type of the input; the output has that type.
/// On a CPU in fp32 by oneDNN where libtorch has it, which is twice as fast as what libtorch itself takes there.
/// </summary>
internal sealed class Linear : IDisposable
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly bool _isOneDnn;

    /// <summary>Takes both over.</summary>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out]</param>
    public Linear(Tensor weight, Tensor bias)
    {
        (_weight, _bias) = (weight, bias);
        if (weight.device_type != DeviceType.CPU || weight.dtype != ScalarType.Float32 || !OneDnn.IsThere)
            return;
        _weight = OneDnn.Pack(weight);
        _isOneDnn = true;
        weight.Dispose();
    }

    /// <param name="input">[rows, in]</param>
    /// <returns>[rows, out]</returns>
    public Tensor Forward(Tensor input)
    {
        if (_isOneDnn)
            return OneDnn.Linear(input, _weight, _bias);
        if (input.dtype == _weight.dtype)
            return nn.functional.linear(input, _weight, _bias);
        using var rounded = input.to_type(_weight.dtype);
        return nn.functional.linear(rounded, _weight, _bias);
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}

/// <summary>
/// A linear layer on oneDNN by libtorch's C function for it. TorchSharp has no name for the operator, and
/// aten::mkldnn_linear, which TorchScript could call, copies what goes in and out and is wrong for some shapes in 2.10.
/// </summary>
internal static unsafe class OneDnn
{
    private static readonly Lazy<jit.CompilationUnit> Packing = new(() => jit.compile("""
        def pack(weight):
            return weight.to_mkldnn()


        """));

    // (x, weight, bias, attr, scalars, how many, algorithm, result): its declaration of 2.10 is the one that was read.
    private static readonly Lazy<nint> Function = new(
        () => LibTorch.Is(2, 10) ? LibTorch.Find("aoti_torch_cpu__linear_pointwise") : 0);

    private static readonly Lazy<bool> Works = new(() => Function.Value != 0 && Try());

    /// <summary>Whether this libtorch has it, and it computes what it should.</summary>
    public static bool IsThere => Works.Value;

    /// <param name="weight">[out, in] in fp32</param>
    /// <returns>The same in oneDNN's own form, for <see cref="Linear"/> alone.</returns>
    public static Tensor Pack(Tensor weight) => (Tensor)Packing.Value.invoke("pack", weight)!;

    /// <param name="input">[rows, in] in fp32, at least one row</param>
    /// <param name="packed">Of <see cref="Pack"/>.</param>
    /// <param name="bias">[out] in fp32</param>
    /// <returns>[rows, out]</returns>
    /// <exception cref="ExternalException">It fails; libtorch says why on the error output.</exception>
    public static Tensor Linear(Tensor input, Tensor packed, Tensor bias)
    {
        var call = (delegate* unmanaged<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)Function.Value;
        nint biasHandle = bias.Handle, result;
        int error;
        fixed (byte* nothingAfterwards = "none\0"u8)
            error = call(input.Handle, packed.Handle, &biasHandle, nothingAfterwards, null, 0, null, &result);
        GC.KeepAlive((input, packed, bias));
        return error == 0 ? Tensor.UnsafeCreateTensor(result) : throw Failure();
    }

    private static bool Try()
    {
        // Where libtorch was built without oneDNN (Macs, for one) the operators are declared, and refuse.
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        try
        {
            var (x, weight, bias) = (randn(5, 48), randn(33, 48), randn(33));
            return Linear(x, Pack(weight), bias).allclose(nn.functional.linear(x, weight, bias), 1e-4, 1e-4);
        }
        catch (ExternalException)
        {
            return false;
        }
    }

    [SuppressMessage("Usage", "CA2201", Justification = "The same type as for libtorch's other errors.")]
    private static ExternalException Failure() => new("a linear layer on oneDNN failed");
}

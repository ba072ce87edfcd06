using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// The kernels of kernels.cu: one pass over the rows where the composition takes three, with the sums in fp32 and a
/// 16-bit copy for the product that follows.
/// </summary>
internal sealed unsafe class FusedOperators : IEncoderOperators, IDisposable
{
    /// <summary>Longest row.</summary>
    public const int MaxHidden = 1024;

    private readonly CudaLibrary _library = CudaLibrary.Loaded;
    private readonly ScalarType _linearType;
    private nint _kernels;

    private FusedOperators(ScalarType linearType) => _linearType = linearType;

    /// <summary>On a GPU, for which they are compiled now.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">They cannot be compiled here.</exception>
    public static FusedOperators OnDevice(CudaStream stream, Device device, ScalarType linearType)
    {
        using var source = typeof(FusedOperators).Assembly.GetManifestResourceStream("kernels.cu")!;
        var text = new byte[source.Length + 1];
        source.ReadExactly(text, 0, (int)source.Length);
        return Open(linearType, (library, kernels) =>
        {
            fixed (byte* start = text)
                return library.DeviceKernels(
                    stream.Device, (int)device.type, device.index, start, (nint*)kernels);
        });
    }

    /// <summary>The same text on the CPU, slow, for comparison.</summary>
    public static FusedOperators OnHost(ScalarType linearType) =>
        Open(linearType, (library, kernels) => library.HostKernels((nint*)kernels));

    public HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm)
    {
        var result = NewState(ids.shape[0], words.shape[1], words.device);
        _library.Check(_library.Embed(
            _kernels, words.Handle, positions.Handle, ids.Handle, places.Handle, norm.Weight.Handle, norm.Bias.Handle,
            (float)norm.Epsilon, result.Residual.Handle, RoundedOf(result)));
        GC.KeepAlive((words, positions, ids, places, norm, result));
        return result;
    }

    public HiddenState AddNormalize(Tensor residual, Tensor addend, LayerNorm norm)
    {
        var result = NewState(residual.shape[0], residual.shape[1], residual.device);
        _library.Check(_library.AddNormalize(
            _kernels, residual.Handle, addend.Handle, norm.Weight.Handle, norm.Bias.Handle, (float)norm.Epsilon,
            result.Residual.Handle, RoundedOf(result)));
        GC.KeepAlive((residual, addend, norm, result));
        return result;
    }

    public void Dispose()
    {
        if (_kernels != 0)
            _library.KernelsClose(_kernels);
        _kernels = 0;
    }

    private static FusedOperators Open(ScalarType linearType, Func<CudaLibrary, nint, nint> open)
    {
        var operators = new FusedOperators(linearType);
        nint kernels = 0;
        operators._library.Check(open(operators._library, (nint)(&kernels)));
        operators._kernels = kernels;
        return operators;
    }

    private HiddenState NewState(long rows, long hidden, Device device)
    {
        var residual = empty([rows, hidden], dtype: ScalarType.Float32, device: device);
        return new HiddenState(
            residual,
            _linearType == ScalarType.Float32 ? residual : empty([rows, hidden], dtype: _linearType, device: device));
    }

    /// <summary>Null in fp32: there is nothing to round.</summary>
    private nint RoundedOf(HiddenState state) => _linearType == ScalarType.Float32 ? 0 : state.Rounded.Handle;
}

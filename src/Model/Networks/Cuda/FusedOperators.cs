using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// The kernels of kernels.cu: one pass over the rows where libtorch's operators take three, with the sums in fp32 and a
/// 16-bit copy for the product that follows.
/// </summary>
/// <param name="launcher">Where they run; disposed with this.</param>
/// <param name="device">Where the tensors are.</param>
/// <param name="linearType">Of the copy and of what is added: fp32, fp16 or bf16.</param>
internal sealed unsafe class FusedOperators(IKernelLauncher launcher, Device device, ScalarType linearType)
    : IEncoderOperators, IDisposable
{
    /// <summary>Longest row: kThreads · kMostPerThread of kernels.cu.</summary>
    public const int MaxHidden = 1024;

    private readonly string _suffix = linearType switch
    {
        ScalarType.Float32 => "fp32",
        ScalarType.Float16 => "fp16",
        ScalarType.BFloat16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(linearType), linearType, "there is no kernel for it"),
    };

    public HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm)
    {
        var (rows, hidden) = (ids.shape[0], words.shape[^1]);
        Check(words, ScalarType.Float32, [words.shape[0], hidden], nameof(words));
        Check(positions, ScalarType.Float32, [positions.shape[0], hidden], nameof(positions));
        Check(ids, ScalarType.Int64, [rows], nameof(ids));
        Check(places, ScalarType.Int64, [rows], nameof(places));
        return Normalize("embed", rows, hidden, norm, [words, positions, ids, places]);
    }

    public HiddenState AddNormalize(Tensor residual, Tensor addend, LayerNorm norm)
    {
        var (rows, hidden) = (residual.shape[0], residual.shape[^1]);
        Check(residual, ScalarType.Float32, [rows, hidden], nameof(residual));
        Check(addend, linearType, [rows, hidden], nameof(addend));
        return Normalize("add_normalize", rows, hidden, norm, [residual, addend]);
    }

    public void Dispose() => launcher.Dispose();

    /// <summary>Both functions take their inputs first, and the rest alike.</summary>
    private HiddenState Normalize(string function, long rows, long hidden, LayerNorm norm, ReadOnlySpan<Tensor> inputs)
    {
        if (hidden is < 1 or > MaxHidden)
            throw new ArgumentException($"rows of {hidden} numbers are longer than {MaxHidden}", nameof(hidden));
        Check(norm.Weight, ScalarType.Float32, [hidden], "weight");
        Check(norm.Bias, ScalarType.Float32, [hidden], "bias");
        var result = NewState(rows, hidden);
        if (rows == 0)
            return result;

        const int Others = 6;
        var places = stackalloc nint[inputs.Length + Others];
        var arguments = stackalloc void*[inputs.Length + Others];
        for (var i = 0; i < inputs.Length; i++)
            places[i] = LibTorch.DataOf(inputs[i]);
        var rest = places + inputs.Length;
        rest[0] = LibTorch.DataOf(norm.Weight);
        rest[1] = LibTorch.DataOf(norm.Bias);
        *(float*)(rest + 2) = (float)norm.Epsilon;
        *(int*)(rest + 3) = (int)hidden;
        rest[4] = LibTorch.DataOf(result.Residual);
        // In fp32 there is nothing to round.
        rest[5] = linearType == ScalarType.Float32 ? 0 : LibTorch.DataOf(result.Rounded);
        for (var i = 0; i < inputs.Length + Others; i++)
            arguments[i] = places + i;
        launcher.Launch($"{function}_{_suffix}", checked((int)rows), arguments);
        GC.KeepAlive((norm, result));
        return result;
    }

    private HiddenState NewState(long rows, long hidden)
    {
        var residual = empty([rows, hidden], dtype: ScalarType.Float32, device: device);
        return new HiddenState(
            residual,
            linearType == ScalarType.Float32 ? residual : empty([rows, hidden], dtype: linearType, device: device));
    }

    /// <summary>A kernel reads whatever lies at an address: what it is given must be what it takes it for.</summary>
    private void Check(Tensor tensor, ScalarType type, ReadOnlySpan<long> shape, string name)
    {
        if (tensor.device_type != device.type || (device.index >= 0 && tensor.device_index != device.index))
            throw new ArgumentException($"{name} is on {tensor.device}, not on {device}", name);
        if (tensor.dtype != type)
            throw new ArgumentException($"{name} is {tensor.dtype}, not {type}", name);
        if (!shape.SequenceEqual(tensor.shape))
            throw new ArgumentException(
                $"{name} is [{string.Join(", ", tensor.shape)}], not [{string.Join(", ", shape.ToArray())}]", name);
        if (!tensor.is_contiguous())
            throw new ArgumentException($"{name} is not contiguous", name);
    }
}

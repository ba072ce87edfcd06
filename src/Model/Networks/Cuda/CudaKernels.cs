using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// The operators that a network uses on its device. A fused one is tried once beside libtorch's own; where it fails or
/// differs by more than rounding, libtorch's are used and a warning says so.
/// </summary>
internal sealed class CudaKernels : IDisposable
{
    private readonly BertConfig _config;
    private readonly List<string> _warnings = [];
    private AttentionOperator? _attention;
    private FusedOperators? _fused;

    private CudaKernels(BertConfig config, ScalarType linearType, IDeviceStream stream)
    {
        _config = config;
        Stream = stream;
        Operators = new ReferenceOperators(linearType);
    }

    public IDeviceStream Stream { get; }

    public IEncoderOperators Operators { get; private set; }

    /// <summary>One line for each operator that cannot be used.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Like "flash attention, fused norm"; <see cref="ReferenceNetwork.Name"/> where there is none.</summary>
    public string Names
    {
        get
        {
            string?[] names = [_attention?.Name, _fused is null ? null : "fused norm"];
            return names.OfType<string>().ToArray() is { Length: > 0 } found
                ? string.Join(", ", found)
                : ReferenceNetwork.Name;
        }
    }

    /// <summary>Nothing but libtorch's public operators.</summary>
    public static CudaKernels Reference(BertConfig config, ScalarType linearType, IDeviceStream stream) =>
        new(config, linearType, stream);

    /// <summary>The fastest that pass on a GPU.</summary>
    /// <param name="warnings">Told of what does not work as it should; scores are right all the same.</param>
    /// <returns>Null where not even the stream works.</returns>
    public static CudaKernels? OnGpu(int index, BertConfig config, ModelDtype dtype, List<string> warnings)
    {
        var (device, type) = (new Device(DeviceType.CUDA, index), TorchWeights.TypeOf(dtype));
        CudaStream? stream = null;
        try
        {
            var opened = stream = new CudaStream(CudaDriver.Loaded, index);
            new OperatorCheck(config, device, type).Stream(opened);
            var kernels = Choose(
                config, device, type, opened, AttentionOperator.For(type),
                () => new FusedOperators(new CudaModule(opened, Nvrtc.Loaded), device, type));
            warnings.AddRange(kernels.Warnings);
            return kernels;
        }
        catch (Exception failure) when (IsKnown(failure))
        {
            stream?.Dispose();
            warnings.Add($"batches are computed one by one here: {DeviceErrors.LineOf(failure)}");
            return null;
        }
    }

    /// <summary>The fastest that pass.</summary>
    /// <param name="stream">Taken over.</param>
    /// <param name="attentions">Make the operators, best first.</param>
    /// <param name="open">Makes the fused operators.</param>
    public static CudaKernels Choose(
        BertConfig config, Device device, ScalarType linearType, IDeviceStream stream,
        IEnumerable<Func<AttentionOperator>> attentions, Func<FusedOperators> open)
    {
        var kernels = new CudaKernels(config, linearType, stream);
        var check = new OperatorCheck(config, device, linearType);
        kernels.ChooseAttention(check, attentions);
        kernels.ChooseOperators(check, open);
        return kernels;
    }

    /// <param name="inputs">As <see cref="EncoderInput.Fill"/> makes them, on the device.</param>
    /// <param name="batch">The same on the host.</param>
    public IAttention AttentionOf(Tensor inputs, PackedBatch batch)
    {
        var lengths = batch.CumulativeLengths.Span;
        if (_attention is null || batch.Documents > FusedAttention.MaxDocuments)
            return ReferenceAttention.Of(_config, lengths, inputs.device);
        var longest = 0;
        for (var i = 1; i < lengths.Length; i++)
            longest = Math.Max(longest, lengths[i] - lengths[i - 1]);
        var starts = EncoderInput.StartsOf(inputs, batch.Tokens, batch.Documents).to_type(ScalarType.Int32);
        return new FusedAttention(_attention, _config, starts, longest);
    }

    public void Dispose()
    {
        _attention?.Dispose();
        _fused?.Dispose();
        Stream.Dispose();
    }

    private void ChooseAttention(OperatorCheck check, IEnumerable<Func<AttentionOperator>> attentions)
    {
        const string Any = "fused attention";
        Passes(Any, () =>
        {
            foreach (var make in attentions)
            {
                var attention = make();
                if (Passes(attention.Name, () => check.Attention(attention)))
                {
                    _attention = attention;
                    return;
                }
                attention.Dispose();
            }
        });
    }

    private void ChooseOperators(OperatorCheck check, Func<FusedOperators> open)
    {
        if (_config.HiddenSize > FusedOperators.MaxHidden)
            return;
        FusedOperators? fused = null;
        if (Passes("the fused LayerNorm", () => check.Operators(fused = open())))
            Operators = _fused = fused!;
        else
            fused?.Dispose();
    }

    private bool Passes(string name, Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (Exception failure) when (IsKnown(failure))
        {
            _warnings.Add($"{name} is not used here: {DeviceErrors.LineOf(failure)}");
            return false;
        }
    }

    /// <summary>Whether it says that this machine lacks something, or computes something wrong.</summary>
    private static bool IsKnown(Exception failure) => failure is ExternalException or NotSupportedException
        or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or ArgumentException;
}

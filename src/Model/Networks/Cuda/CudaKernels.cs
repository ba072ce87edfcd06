using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// The operators that a network uses on its device. A fused one is tried once beside its composition; where it fails or
/// differs by more than rounding, the composition is used and a warning says so.
/// </summary>
internal sealed class CudaKernels : IDisposable
{
    /// <summary>Most numbers in an attention matrix of the reference: enough to fill a GPU.</summary>
    private const long AttentionNumbers = 1 << 27;

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
            string?[] names =
            [
                _attention switch
                {
                    AttentionOperator.Flash => "flash attention",
                    AttentionOperator.Efficient => "efficient attention",
                    _ => null,
                },
                _fused is null ? null : "fused norm",
            ];
            return names.OfType<string>().ToArray() is { Length: > 0 } found ? string.Join(", ", found) : ReferenceNetwork.Name;
        }
    }

    /// <summary>Nothing but libtorch's public operators.</summary>
    public static CudaKernels Reference(BertConfig config, ScalarType linearType, IDeviceStream stream) =>
        new(config, linearType, stream);

    /// <summary>The fastest that pass.</summary>
    /// <param name="stream">Taken over.</param>
    /// <param name="open">Makes the fused operators.</param>
    public static CudaKernels Choose(
        BertConfig config, Device device, ScalarType linearType, IDeviceStream stream, Func<FusedOperators> open)
    {
        var kernels = new CudaKernels(config, linearType, stream);
        var check = new OperatorCheck(config, device, linearType);
        kernels.ChooseAttention(check, linearType);
        kernels.ChooseOperators(check, open);
        return kernels;
    }

    /// <param name="inputs">As <see cref="EncoderInput.Fill"/> makes them, on the device.</param>
    /// <param name="batch">The same on the host.</param>
    public IAttention AttentionOf(Tensor inputs, PackedBatch batch)
    {
        var lengths = batch.CumulativeLengths.Span;
        if (_attention is not { } kind || batch.Documents > FusedAttention.MaxDocuments)
            return new ReferenceAttention(_config, SequenceRun.Of(lengths, AttentionNumbers / _config.Heads));
        var longest = 0;
        for (var i = 1; i < lengths.Length; i++)
            longest = Math.Max(longest, lengths[i] - lengths[i - 1]);
        var starts = inputs.narrow(0, 2 * batch.Tokens, batch.Documents + 1).to_type(ScalarType.Int32);
        return new FusedAttention(kind, _config, starts, longest);
    }

    public void Dispose()
    {
        _fused?.Dispose();
        Stream.Dispose();
    }

    private void ChooseAttention(OperatorCheck check, ScalarType linearType)
    {
        // Flash attention has no fp32.
        AttentionOperator[] kinds = linearType == ScalarType.Float32
            ? [AttentionOperator.Efficient]
            : [AttentionOperator.Flash, AttentionOperator.Efficient];
        foreach (var kind in kinds)
        {
            if (Passes($"{(kind == AttentionOperator.Flash ? "flash" : "efficient")} attention",
                () => check.Attention(kind)))
            {
                _attention = kind;
                return;
            }
        }
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
        catch (Exception failure) when (failure is ExternalException or DllNotFoundException
            or EntryPointNotFoundException or BadImageFormatException)
        {
            _warnings.Add($"{name} is not used here: {failure.Message.ReplaceLineEndings(" ")}");
            return false;
        }
    }
}

using System.Runtime.InteropServices;
using FineWebTorch.Model.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>The network: encoder and head, on one device, in one type.</summary>
internal sealed class BertRegressor : IDisposable
{
    /// <summary>
    /// Most numbers in an attention matrix: on a CPU about what its caches hold (one document of 512 tokens in
    /// BERT-base), on a GPU enough to fill it.
    /// </summary>
    private const long CpuAttentionNumbers = 1 << 22, GpuAttentionNumbers = 1 << 27;

    private readonly Device _device;
    private readonly int _threads;

    private BertRegressor(BertConfig config, ComputeDevice device, BertEncoder encoder, RegressionHead head)
    {
        Config = config;
        _device = device.TorchDevice;
        _threads = device.Threads;
        Encoder = encoder;
        Head = head;
    }

    public BertConfig Config { get; }

    public BertEncoder Encoder { get; }

    public RegressionHead Head { get; }

    /// <exception cref="FileNotFoundException">A weight file is missing.</exception>
    /// <exception cref="ModelFileException">A weight file is damaged or does not fit the configuration.</exception>
    public static BertRegressor Load(string folder, BertConfig config, ComputeDevice device, ModelDtype dtype)
    {
        using var weights = WeightSet.Open(folder);
        using var scope = NewDisposeScope(); // frees what was loaded before a failure
        var loader = new WeightLoader(weights, device.TorchDevice, TypeOf(dtype));
        var encoder = BertEncoder.Load(loader, config);
        var head = RegressionHead.Load(loader, config);
        RefuseUnused(weights);
        foreach (var weight in scope.DisposablesView)
            scope.Detach(weight);
        return new BertRegressor(config, device, encoder, head);
    }

    /// <inheritdoc cref="EduClassifier.Score"/>
    public void Score(PackedBatch batch, Span<float> scores)
    {
        Check(batch, scores.Length);
        if (batch.Documents == 0)
            return;
        if (_threads > 0)
            set_num_threads(_threads); // OpenMP keeps this number for each calling thread
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var lengths = batch.CumulativeLengths.Span;
        var numbers = _device.type == DeviceType.CPU ? CpuAttentionNumbers : GpuAttentionNumbers;
        var runs = SequenceRun.Of(lengths, numbers / Config.Heads);
        var input = EncoderInput.Of(batch.TokenIds.Span, lengths, _device);
        var result = Head.Forward(Encoder.Forward(input, new PackedAttention(Config, runs))).cpu();
        MemoryMarshal.Cast<byte, float>(result.bytes).CopyTo(scores);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        Head.Dispose();
    }

    internal static ScalarType TypeOf(ModelDtype dtype) => dtype switch
    {
        ModelDtype.Float32 => ScalarType.Float32,
        ModelDtype.Float16 => ScalarType.Float16,
        ModelDtype.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    /// <summary>Weights left over mean that the configuration describes another network, say one with fewer layers.</summary>
    private static void RefuseUnused(WeightSet weights)
    {
        // The position numbers 0, 1, 2, … that old checkpoints store.
        const string Harmless = "bert.embeddings.position_ids";
        var unused = weights.Unused.FirstOrDefault(name => name != Harmless
            && (name.StartsWith("bert.", StringComparison.Ordinal)
                || name.StartsWith("classifier.", StringComparison.Ordinal)));
        if (unused is not null)
            throw new ModelFileException(
                weights.Folder, $"holds the tensor '{unused}', for which {ModelFolder.ConfigFile} has no place; "
                + "the files of this folder do not belong together");
    }

    private void Check(PackedBatch batch, int scores)
    {
        if (scores != batch.Documents)
            throw new ArgumentException($"{batch.Documents} documents have {scores} places for scores", nameof(scores));
        var lengths = batch.CumulativeLengths.Span;
        for (var i = 0; i < batch.Documents; i++)
            if (lengths[i + 1] - lengths[i] > Config.MaxPositions)
                throw new ArgumentException(
                    $"document {i} has {lengths[i + 1] - lengths[i]} tokens, the model takes {Config.MaxPositions}",
                    nameof(batch));
        // An index out of range would end the process on a GPU.
        foreach (var id in batch.TokenIds.Span)
            if ((uint)id >= (uint)Config.VocabularySize)
                throw new ArgumentException($"{id} is not a token of the model", nameof(batch));
    }
}

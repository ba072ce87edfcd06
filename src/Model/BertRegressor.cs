using FineWebTorch.Model.Kernels.Cpu;
using FineWebTorch.Model.Kernels.Cuda;
using FineWebTorch.Model.Safetensors;
using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>A network with its configuration, which refuses what the network cannot take.</summary>
internal sealed class BertRegressor : IDisposable
{
    private BertRegressor(BertConfig config, INetwork network, IReadOnlyList<string> warnings)
    {
        Config = config;
        Network = network;
        Warnings = warnings;
    }

    public BertConfig Config { get; }

    public INetwork Network { get; }

    /// <inheritdoc cref="EduClassifier.Warnings"/>
    public IReadOnlyList<string> Warnings { get; }

    /// <exception cref="FileNotFoundException">A weight file is missing.</exception>
    /// <exception cref="ModelFileException">A weight file is damaged or does not fit the configuration.</exception>
    public static BertRegressor Load(string folder, BertConfig config, ComputeDevice device, ModelDtype dtype)
    {
        using var weights = WeightSet.Open(folder);
        var warnings = new List<string>();
        var network = LoadNetwork(weights, config, device, dtype, warnings);
        try
        {
            RefuseUnused(weights);
        }
        catch
        {
            network.Dispose();
            throw;
        }
        return new BertRegressor(config, network, warnings);
    }

    private static INetwork LoadNetwork(
        WeightSet weights, BertConfig config, ComputeDevice device, ModelDtype dtype, List<string> warnings)
    {
        if (device.CpuKernels is not null)
            return CpuNetwork.Load(weights, config, device, dtype);
        var loader = new WeightLoader(weights, device.TorchDevice, TypeOf(dtype));
        return device.Kind == ComputeDeviceKind.Cuda && !device.IsReference
            ? CudaNetworks.Load(loader, config, device, warnings)
            : ComposedNetwork.Load(loader, config, device);
    }

    /// <inheritdoc cref="EduClassifier.Score"/>
    public void Score(PackedBatch batch, Span<float> scores)
    {
        Check(batch, scores.Length);
        if (batch.Documents > 0)
            Network.Score(batch, scores);
    }

    /// <inheritdoc cref="EduClassifier.Begin"/>
    public PendingScores Begin(PackedBatch batch)
    {
        if (batch.Documents > 0 && Network is IAsyncNetwork network)
        {
            Check(batch, batch.Documents);
            return network.Begin(batch);
        }
        var scores = new float[batch.Documents];
        Score(batch, scores);
        return PendingScores.Of(scores);
    }

    public void Dispose() => Network.Dispose();

    internal static ScalarType TypeOf(ModelDtype dtype) => dtype switch
    {
        ModelDtype.Float32 => ScalarType.Float32,
        ModelDtype.Float16 => ScalarType.Float16,
        ModelDtype.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    /// <summary>Weights left over mean that the configuration describes another network, say of fewer layers.</summary>
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

namespace FineWebTorch.Model.Files;

/// <summary>
/// The weights of a <c>BertForSequenceClassification</c> as a model folder stores them. The one place that knows their
/// names (those of transformers' checkpoints); each has been found, in the shape that the configuration asks for.
/// </summary>
internal sealed class BertCheckpoint : IDisposable
{
    private readonly WeightSet _weights;

    private BertCheckpoint(WeightSet weights, BertConfig config)
    {
        (_weights, Config) = (weights, config);
        var hidden = config.HiddenSize;
        const string Name = "bert.embeddings";
        Embeddings = new EmbeddingTensors(
            Find($"{Name}.word_embeddings.weight", config.VocabularySize, hidden),
            Find($"{Name}.position_embeddings.weight", config.MaxPositions, hidden),
            Find($"{Name}.token_type_embeddings.weight", config.TokenTypes, hidden),
            NormOf($"{Name}.LayerNorm"));
        Layers = [.. Enumerable.Range(0, config.Layers).Select(index => Layer($"bert.encoder.layer.{index}"))];
        Pooler = LinearOf("bert.pooler.dense", hidden, hidden);
        Classifier = LinearOf("classifier", 1, hidden);
    }

    public BertConfig Config { get; }

    public EmbeddingTensors Embeddings { get; }

    /// <summary>From the first to the last.</summary>
    public IReadOnlyList<LayerTensors> Layers { get; }

    /// <summary>[hidden, hidden]</summary>
    public LinearTensors Pooler { get; }

    /// <summary>[1, hidden]</summary>
    public LinearTensors Classifier { get; }

    /// <exception cref="FileNotFoundException">A weight file is missing.</exception>
    /// <exception cref="ModelFileException">A weight file is damaged or does not fit the configuration.</exception>
    public static BertCheckpoint Open(string folder, BertConfig config)
    {
        var weights = WeightSet.Open(folder);
        try
        {
            var checkpoint = new BertCheckpoint(weights, config);
            RefuseUnused(weights);
            return checkpoint;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>No tensor can be read from now on.</summary>
    public void Dispose() => _weights.Dispose();

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

    private LayerTensors Layer(string name)
    {
        var (hidden, wide) = (Config.HiddenSize, Config.IntermediateSize);
        return new LayerTensors
        {
            Query = LinearOf($"{name}.attention.self.query", hidden, hidden),
            Key = LinearOf($"{name}.attention.self.key", hidden, hidden),
            Value = LinearOf($"{name}.attention.self.value", hidden, hidden),
            AttentionOutput = LinearOf($"{name}.attention.output.dense", hidden, hidden),
            AttentionNorm = NormOf($"{name}.attention.output.LayerNorm"),
            Intermediate = LinearOf($"{name}.intermediate.dense", wide, hidden),
            Output = LinearOf($"{name}.output.dense", hidden, wide),
            OutputNorm = NormOf($"{name}.output.LayerNorm"),
        };
    }

    private LinearTensors LinearOf(string name, long outputs, long inputs) =>
        new(Find($"{name}.weight", outputs, inputs), Find($"{name}.bias", outputs));

    private NormTensors NormOf(string name) =>
        new(Find($"{name}.weight", Config.HiddenSize), Find($"{name}.bias", Config.HiddenSize));

    private StoredTensor Find(string name, params ReadOnlySpan<long> shape)
    {
        var (file, entry) = _weights.Get(name, shape);
        return new StoredTensor(file, entry);
    }
}

/// <summary>A linear layer.</summary>
/// <param name="Weight">[out, in]</param>
/// <param name="Bias">[out]</param>
internal sealed record LinearTensors(StoredTensor Weight, StoredTensor Bias);

/// <summary>A LayerNorm.</summary>
/// <param name="Weight">[hidden]</param>
/// <param name="Bias">[hidden]</param>
internal sealed record NormTensors(StoredTensor Weight, StoredTensor Bias);

/// <summary>What stands before the first layer.</summary>
/// <param name="Words">[vocabulary, hidden]</param>
/// <param name="Positions">[positions, hidden]</param>
/// <param name="TokenTypes">[types, hidden]; only row 0 is used</param>
/// <param name="Norm">Of the sum.</param>
internal sealed record EmbeddingTensors(
    StoredTensor Words, StoredTensor Positions, StoredTensor TokenTypes, NormTensors Norm);

/// <summary>One layer of the encoder.</summary>
internal sealed record LayerTensors
{
    /// <summary>[hidden, hidden]</summary>
    public required LinearTensors Query { get; init; }

    /// <summary>[hidden, hidden]</summary>
    public required LinearTensors Key { get; init; }

    /// <summary>[hidden, hidden]</summary>
    public required LinearTensors Value { get; init; }

    /// <summary>[hidden, hidden]: follows attention</summary>
    public required LinearTensors AttentionOutput { get; init; }

    /// <summary>Of the sum after attention.</summary>
    public required NormTensors AttentionNorm { get; init; }

    /// <summary>[intermediate, hidden]: the feed-forward part's first half, before the GELU</summary>
    public required LinearTensors Intermediate { get; init; }

    /// <summary>[hidden, intermediate]: its second half</summary>
    public required LinearTensors Output { get; init; }

    /// <summary>Of the sum after the feed-forward part.</summary>
    public required NormTensors OutputNorm { get; init; }
}

using System.Diagnostics.CodeAnalysis;

namespace FineWebTorch.Model;

/// <summary>
/// A BERT classifier with one output, such as HuggingFaceFW/fineweb-edu-classifier. One thread at a time may call it;
/// the tokenizer may be used from any.
/// </summary>
public sealed class EduClassifier : IDisposable
{
    private readonly string _folder;
    private readonly ComputeDevice _device;
    private readonly BertRegressor _network;
    private BertRegressor? _float32;

    private EduClassifier(
        string folder, ComputeDevice device, ModelDtype dtype, WordPieceTokenizer tokenizer, BertRegressor network)
    {
        _folder = folder;
        _device = device;
        _network = network;
        _float32 = dtype == ModelDtype.Float32 ? network : null;
        Dtype = dtype;
        Tokenizer = tokenizer;
    }

    public WordPieceTokenizer Tokenizer { get; }

    public BertConfig Config => _network.Config;

    public ModelDtype Dtype { get; }

    /// <inheritdoc cref="ComputeDevice.NumericClass"/>
    public string NumericClass => _network.Network is IAsyncNetwork { Kernels: var kernels }
        ? _device.NumericClass[..(_device.NumericClass.LastIndexOf(';') + 1)] + kernels
        : _device.NumericClass;

    /// <summary>What is slower here than it should be, in one line each; scores are right all the same.</summary>
    public IReadOnlyList<string> Warnings => _network.Warnings;

    /// <param name="modelFolder">A folder in Hugging Face's layout.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">The type of the linear layers, whatever the type of the stored weights.</param>
    /// <exception cref="NotSupportedException">The device does not compute well in this type.</exception>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or the architecture is not supported.</exception>
    public static EduClassifier Load(string modelFolder, ComputeDevice device, ModelDtype dtype)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (!device.SupportedDtypes.Contains(dtype))
            throw new NotSupportedException(
                $"{ModelDtypes.Name(dtype)} is not computed well on {device} ({device.Name}); "
                + $"use --dtype {string.Join(" or ", device.SupportedDtypes.Select(ModelDtypes.Name))}");
        ModelFolder.Check(modelFolder);
        var config = BertConfig.Load(modelFolder);
        var tokenizer = WordPieceTokenizer.Load(modelFolder);
        if (tokenizer.VocabularySize > config.VocabularySize)
            throw new ModelFileException(
                modelFolder, $"has a tokenizer of {tokenizer.VocabularySize} tokens but a model of "
                + $"{config.VocabularySize}; the files of this folder do not belong together");
        var network = BertRegressor.Load(modelFolder, config, device, dtype);
        return new EduClassifier(modelFolder, device, dtype, tokenizer, network);
    }

    /// <summary>Scores the documents of a batch. A score that is not finite is for the caller to notice.</summary>
    /// <param name="batch">Documents of at most <see cref="BertConfig.MaxPositions"/> tokens.</param>
    /// <param name="scores">[documents], the raw outputs</param>
    /// <exception cref="ArgumentException">An id, a length or the number of scores does not fit.</exception>
    public void Score(PackedBatch batch, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _network.Score(batch, scores);
    }

    /// <summary>Gives a batch to the device; where that computes by itself, it does so beyond the return.</summary>
    /// <inheritdoc cref="Score"/>
    public PendingScores Begin(PackedBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _network.Begin(batch);
    }

    /// <summary>
    /// Scores one document by itself in fp32, the last resort for a score that was not finite. In a 16-bit mode the
    /// first call loads the weights again.
    /// </summary>
    public float ScoreAloneInFloat32(ReadOnlySpan<int> tokenIds)
    {
        LoadFloat32();
        Span<float> score = stackalloc float[1];
        _float32.Score(new PackedBatch(tokenIds.ToArray(), [0, tokenIds.Length]), score);
        return score[0];
    }

    public void Dispose()
    {
        _network.Dispose();
        if (_float32 != _network)
            _float32?.Dispose();
    }

    [MemberNotNull(nameof(_float32))]
    private void LoadFloat32() => _float32 ??= BertRegressor.Load(_folder, Config, _device, ModelDtype.Float32);
}

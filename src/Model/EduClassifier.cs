using System.Text;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;

namespace FineWebTorch.Model;

/// <summary>
/// A BERT classifier with one output, such as HuggingFaceFW/fineweb-edu-classifier: text to score. One thread at a time
/// may call it; the tokenizer may be used from any.
/// </summary>
/// <example><code>
/// using var classifier = EduClassifier.Load("path/to/fineweb-edu-classifier");
/// float score = classifier.Score("Photosynthesis turns light into chemical energy.");
/// </code></example>
public sealed class EduClassifier : IDisposable
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _folder;
    private readonly INetwork _network;
    private readonly List<string> _warnings = [];
    private INetwork? _float32;

    private EduClassifier(string folder, ComputeDevice device, ModelDtype dtype)
    {
        (_folder, Device, Dtype) = (folder, device, dtype);
        ModelFolder.Check(folder);
        Config = BertConfig.Load(folder);
        Tokenizer = WordPieceTokenizer.Load(folder);
        if (Tokenizer.VocabularySize > Config.VocabularySize)
            throw new ModelFileException(
                folder, $"has a tokenizer of {Tokenizer.VocabularySize} tokens but a model of "
                + $"{Config.VocabularySize}; the files of this folder do not belong together");
        _network = LoadNetwork(dtype);
        _float32 = dtype == ModelDtype.Float32 ? _network : null;
    }

    /// <summary>Text to token ids, as the model was trained.</summary>
    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>The network's shape.</summary>
    public BertConfig Config { get; }

    /// <summary>Where scores are computed.</summary>
    public ComputeDevice Device { get; }

    /// <summary>The type of the linear layers.</summary>
    public ModelDtype Dtype { get; }

    /// <inheritdoc cref="ComputeDevice.NumericClass"/>
    public string NumericClass => Device.NumericClassWith(_network.Kernels);

    /// <summary>
    /// A document's score has the same bits whatever documents are in its batch: no library chooses another kernel for other
    /// shapes.
    /// </summary>
    public bool IsBatchInvariant => _network.IsBatchInvariant;

    /// <summary>What is slower here than it should be, in one line each; scores are right all the same.</summary>
    public IReadOnlyList<string> Warnings => [.. Device.Warnings, .. _warnings];

    /// <summary>Loads a model in fp32 onto the best device there is.</summary>
    /// <inheritdoc cref="Load(string, ComputeDevice, ModelDtype)"/>
    public static EduClassifier Load(string modelFolder) => Load(modelFolder, ComputeDevice.Resolve("auto"));

    /// <summary>Loads a model onto a device.</summary>
    /// <param name="modelFolder">A folder in Hugging Face's layout: config.json, tokenizer, safetensors.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">The type of the linear layers, whatever the type of the stored weights.</param>
    /// <exception cref="NotSupportedException">The device does not compute well in this type.</exception>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or the architecture is not supported.</exception>
    /// <exception cref="DeviceMemoryException">The model does not fit into the device's memory.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public static EduClassifier Load(
        string modelFolder, ComputeDevice device, ModelDtype dtype = ModelDtype.Float32)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (!device.SupportedDtypes.Contains(dtype))
            throw new NotSupportedException(
                $"{ModelDtypes.Name(dtype)} is not computed well on {device} ({device.Name}); "
                + $"use {string.Join(" or ", device.SupportedDtypes.Select(ModelDtypes.Name))}");
        return new EduClassifier(modelFolder, device, dtype);
    }

    /// <summary>Scores one text.</summary>
    /// <returns>The raw output, about 0 to 5; not a number where the network itself gives none.</returns>
    /// <inheritdoc cref="Score(IReadOnlyList{string})"/>
    public float Score(string text) => Score([text])[0];

    /// <summary>Scores texts, of which those of like length are computed together.</summary>
    /// <param name="texts">What follows the model's last token is left out, as in training.</param>
    /// <returns>A raw output each, in their order; not a number where the network itself gives none.</returns>
    /// <exception cref="ArgumentException">A text is null, or holds half a surrogate pair.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public float[] Score(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Score(texts.Select((text, index) => (ReadOnlyMemory<byte>)Utf8Of(text, index)));
    }

    /// <summary>As <see cref="Score(IReadOnlyList{string})"/>, of texts in UTF-8.</summary>
    /// <param name="utf8Texts">Read one after another.</param>
    public float[] Score(IEnumerable<ReadOnlyMemory<byte>> utf8Texts)
    {
        ArgumentNullException.ThrowIfNull(utf8Texts);
        var place = new int[Tokenizer.MaxLength];
        var documents = utf8Texts.Select(text => place[..Tokenizer.Encode(text.Span, place)]).ToList();
        var plan = BatchPlan.Create([.. documents.Select(ids => ids.Length)], Device.TokenBudget);
        var scores = new float[documents.Count];
        for (var batch = 0; batch < plan.Count; batch++)
        {
            var rows = plan.RowsOf(batch).ToArray();
            var some = Begin(PackedBatch.Of([.. rows.Select(row => documents[row])])).Wait().Scores;
            foreach (var (i, row) in rows.Index())
                scores[row] = float.IsFinite(some[i]) ? some[i] : ScoreAloneInFloat32(documents[row]);
        }
        return scores;
    }

    /// <summary>Scores the documents of a batch. A score that is not finite is for the caller to notice.</summary>
    /// <param name="batch">Documents of at most <see cref="BertConfig.MaxPositions"/> tokens.</param>
    /// <param name="scores">[documents], the raw outputs</param>
    /// <exception cref="ArgumentException">An id, a length or the number of scores does not fit.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; a smaller batch may fit.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public void Score(PackedBatch batch, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (scores.Length != batch.Documents)
            throw new ArgumentException(
                $"{batch.Documents} documents have {scores.Length} places for scores", nameof(scores));
        Begin(batch).Wait().Scores.CopyTo(scores);
    }

    /// <summary>Gives a batch to the device; where that computes by itself, it does so beyond the return.</summary>
    /// <param name="batch">Documents of at most <see cref="BertConfig.MaxPositions"/> tokens.</param>
    /// <exception cref="ArgumentException">An id or a length does not fit.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; a smaller batch may fit.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public PendingScores Begin(PackedBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Begin(_network, batch);
    }

    /// <summary>
    /// Scores one document by itself in fp32, the last resort for a score that was not finite. In a 16-bit mode the
    /// first call loads the weights again.
    /// </summary>
    /// <param name="tokenIds">At most <see cref="BertConfig.MaxPositions"/>, at least one.</param>
    /// <exception cref="DeviceMemoryException">The device has no room for the weights in fp32.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public float ScoreAloneInFloat32(ReadOnlySpan<int> tokenIds)
    {
        _float32 ??= LoadNetwork(ModelDtype.Float32);
        return Begin(_float32, new PackedBatch(tokenIds.ToArray(), [0, tokenIds.Length])).Wait().Scores[0];
    }

    /// <summary>Frees the weights. Batches must have been waited for.</summary>
    public void Dispose()
    {
        _network.Dispose();
        if (_float32 != _network)
            _float32?.Dispose();
    }

    private static byte[] Utf8Of(string text, int index)
    {
        if (text is null)
            throw new ArgumentException($"text {index} is null; give an empty one instead");
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException notUnicode)
        {
            throw new ArgumentException($"text {index} is not Unicode: it holds half a surrogate pair", notUnicode);
        }
    }

    private PendingScores Begin(INetwork network, PackedBatch batch)
    {
        if (batch.Documents == 0)
            return PendingScores.Completed([]);
        Check(batch);
        return DeviceErrors.Translate(() => network.Begin(batch));
    }

    private INetwork LoadNetwork(ModelDtype dtype)
    {
        using var checkpoint = BertCheckpoint.Open(_folder, Config);
        return DeviceErrors.Translate<INetwork>(() =>
            Device.CpuKernels is { } kernels ? CpuNetwork.Load(checkpoint, kernels, dtype, Device.Threads)
            : Device is { Kind: ComputeDeviceKind.Cuda, IsReference: false }
                ? CudaNetwork.LoadOnGpu(checkpoint, Device.Index, dtype, _warnings)
            : ReferenceNetwork.Load(checkpoint, Device.TorchDevice, dtype, Device.Threads));
    }

    private void Check(PackedBatch batch)
    {
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

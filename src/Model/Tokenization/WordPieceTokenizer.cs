using System.Buffers;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model;

/// <summary>
/// BERT's tokenizer: text as UTF-8 in, token ids with [CLS] and [SEP] out, equal to those of Hugging Face's
/// <c>tokenizers</c>. Thread-safe and immutable.
/// </summary>
/// <remarks>
/// Bytes that are not valid UTF-8 are read as U+FFFD, one for every longest part that could have begun a valid
/// sequence, as Python's and Rust's lossy decoding does.
/// </remarks>
public sealed class WordPieceTokenizer
{
    internal const int LeastMaxLength = 2;

    private readonly IReadOnlyList<string> _tokens;
    private readonly EncoderTables _tables;

    internal WordPieceTokenizer(Vocabulary vocabulary, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, LeastMaxLength);
        _tokens = vocabulary.Tokens;
        _tables = new EncoderTables(vocabulary);
        MaxLength = maxLength;
    }

    /// <summary>Most ids of a text, [CLS] and [SEP] among them; <see cref="int.MaxValue"/>: no limit.</summary>
    public int MaxLength { get; }

    public int VocabularySize => _tokens.Count;

    /// <param name="modelFolder">Holds tokenizer.json, or vocab.txt and perhaps tokenizer_config.json.</param>
    /// <param name="maxLength">
    /// At least 2. Null: the smallest of 512, <c>model_max_length</c> and <c>max_position_embeddings</c>.
    /// </param>
    /// <exception cref="FileNotFoundException">The folder has neither tokenizer.json nor vocab.txt.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or asks for what is not supported.</exception>
    public static WordPieceTokenizer Load(string modelFolder, int? maxLength = null)
    {
        var files = new TokenizerFiles(modelFolder);
        return new WordPieceTokenizer(files.ReadVocabulary(), maxLength ?? files.ReadMaxLength());
    }

    /// <summary>
    /// Writes the ids of a text, cut on the right at <see cref="MaxLength"/>. Allocates nothing, and touches no byte
    /// behind those that decide the last id.
    /// </summary>
    /// <param name="ids">At least <see cref="MaxLength"/> long, or two longer than the text.</param>
    /// <returns>How many ids were written: at least 2.</returns>
    /// <exception cref="ArgumentException"><paramref name="ids"/> is too short.</exception>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids)
    {
        // No text gives more ids than it has bytes.
        if (ids.Length < MaxLength && ids.Length - 2 < utf8.Length)
            throw new ArgumentException(
                $"room for {ids.Length} ids, but a text of {utf8.Length} bytes may give more", nameof(ids));
        var scratch = EncoderScratch.Rent(_tables.Number, _tables.MaxWordLength);
        var count = new TextEncoder(_tables, scratch, utf8).Encode(ids, MaxLength);
        scratch.Return();
        return count;
    }

    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, Span{int})"/>
    public int Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var scratch = EncoderScratch.Rent(_tables.Number, _tables.MaxWordLength);
        var count = new TextEncoder(_tables, scratch, utf8).Encode(ids, MaxLength);
        scratch.Return();
        return count;
    }

    /// <summary>The vocabulary's entry, with its continuation prefix where it has one.</summary>
    /// <param name="id">From 0 to <see cref="VocabularySize"/> - 1.</param>
    public string TokenOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, _tokens.Count);
        return _tokens[id];
    }
}

using System.Buffers;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Tokenization;
using Microsoft.ML.Tokenizers;

namespace FineWebTorch.Model;

/// <summary>
/// BERT's tokenizer: text as UTF-8 in, token ids with [CLS] and [SEP] out, equal to those of Hugging Face's
/// <c>tokenizers</c>. Thread-safe and immutable. Also a <see cref="Tokenizer"/> of Microsoft.ML.Tokenizers, which takes
/// text as UTF-16.
/// </summary>
/// <remarks>
/// <para>
/// Bytes that are not valid UTF-8 are read as U+FFFD, one for every longest part that could have begun a valid
/// sequence, as Python's and Rust's lossy decoding does; so is a surrogate that has no partner in UTF-16.
/// </para>
/// <para>
/// The members of <see cref="Tokenizer"/> give the tokens of the text alone, without [CLS] and [SEP], and leave
/// <see cref="MaxLength"/> aside, as those of the package's own tokenizers do: a limit is what a caller passes as
/// <c>maxTokenCount</c>. Offsets and indices are of the text as it was given, in UTF-16 code units, and
/// <c>normalizedText</c> is always null: characters are normalised one by one, and their text is never put together.
/// </para>
/// </remarks>
public sealed partial class WordPieceTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly WordPieceTables _tables;

    internal WordPieceTokenizer(Vocabulary vocabulary, int maxLength, TruncationSide side = TruncationSide.Right)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, TokenizerFiles.LeastMaxLength);
        _vocabulary = vocabulary;
        _tables = new WordPieceTables(vocabulary);
        (MaxLength, TruncationSide) = (maxLength, side);
    }

    /// <summary>Most ids of a text, [CLS] and [SEP] among them; <see cref="int.MaxValue"/>: no limit.</summary>
    public int MaxLength { get; }

    /// <summary>Which end of a text of more ids is left out.</summary>
    public TruncationSide TruncationSide { get; }

    /// <summary>One more than the largest id; a vocabulary may have no token for some of the ids below.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>Reads the tokenizer of a model folder in Hugging Face's layout.</summary>
    /// <param name="modelFolder">Holds tokenizer.json, or vocab.txt and perhaps tokenizer_config.json.</param>
    /// <param name="maxLength">
    /// At least 2. Null: the smaller of <c>model_max_length</c> and <c>max_position_embeddings</c>.
    /// </param>
    /// <exception cref="FileNotFoundException">The folder has neither tokenizer.json nor vocab.txt.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or asks for what is not supported.</exception>
    public static WordPieceTokenizer Load(string modelFolder, int? maxLength = null)
    {
        var files = new TokenizerFiles(modelFolder);
        return new WordPieceTokenizer(
            files.ReadVocabulary(), maxLength ?? files.ReadMaxLength(), files.ReadTruncationSide());
    }

    /// <summary>
    /// Writes the ids of a text, cut to <see cref="MaxLength"/>. Allocates nothing, and where the right end is cut off
    /// touches no byte behind those that decide the last id (with added tokens that are looked for in normalised text,
    /// at most as much again).
    /// </summary>
    /// <param name="utf8">The text.</param>
    /// <param name="ids">At least <see cref="MaxLength"/> long, or two longer than the text.</param>
    /// <returns>How many ids were written: at least 2.</returns>
    /// <exception cref="ArgumentException"><paramref name="ids"/> is too short.</exception>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids)
    {
        // No text gives more ids than it has bytes.
        if (ids.Length < MaxLength && ids.Length - 2 < utf8.Length)
            throw new ArgumentException(
                $"room for {ids.Length} ids, but a text of {utf8.Length} bytes may give more", nameof(ids));
        return _tables.Read(utf8, ids, MaxLength, TruncationSide);
    }

    /// <summary>As <see cref="Encode(ReadOnlySpan{byte}, Span{int})"/>, into memory that the writer provides.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="ids">Where the ids go.</param>
    /// <returns>How many ids were written: at least 2.</returns>
    public int Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _tables.Read(utf8, ids, MaxLength, TruncationSide);
    }

    /// <summary>The vocabulary's entry, with its continuation prefix where it has one, or an added token.</summary>
    /// <param name="id">From 0 to <see cref="VocabularySize"/> - 1, and one that has a token.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string TokenOf(int id) => _vocabulary.TokenOf(id)
        ?? throw new ArgumentOutOfRangeException(nameof(id), id, "no token has this id");
}

using System.Buffers;
using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>What a byte means where a character may begin.</summary>
internal enum ByteKind : byte
{
    /// <summary>Part of a word, one byte once normalised.</summary>
    Word = 0,
    Space = 1,

    /// <summary>A word of its own.</summary>
    Isolated = 2,

    /// <summary>Needs a closer look: not ASCII, or not simple.</summary>
    Other = 3,

    /// <summary>An added token begins with this byte.</summary>
    MayBeAdded = 4,
}

/// <summary>A vocabulary in the form that reading needs. Immutable; shared by all threads.</summary>
internal sealed class WordPieceTables
{
    private static long s_count;

    private readonly byte[] _lower = new byte[256];
    private readonly ByteKind[] _kinds = new ByteKind[256];
    private readonly int[] _isolatedIds = new int[128];

    public WordPieceTables(Vocabulary vocabulary)
        : this(
            vocabulary,
            vocabulary.Normalizer,
            PieceTrie.Create(vocabulary.Pieces, vocabulary.ContinuationPrefix, vocabulary.UnknownId),
            vocabulary.AddedTokens)
    {
    }

    private WordPieceTables(
        Vocabulary vocabulary, NormalizerSettings normalizer, PieceTrie trie, IReadOnlyList<AddedToken> addedTokens)
    {
        Vocabulary = vocabulary;
        MaxWordLength = vocabulary.MaxWordLength;
        Lowercase = normalizer.Lowercase;
        Characters = NormalizationTable.Of(normalizer);
        Trie = trie;
        AddedTokens = new AddedTokenMatcher(addedTokens.Where(token => !token.Normalized)
            .Select(token => (Encoding.UTF8.GetBytes(token.Content), token)));
        // Where a text is split into words, white space beside tokens shows in offsets alone.
        if (addedTokens.Any(token =>
            token.Normalized || (!normalizer.SplitWords && (token.StripLeft || token.StripRight))))
            Split = SplitTables.Create(vocabulary, normalizer, AddedTokens, new WordPieceTables(
                vocabulary, NormalizerSettings.None with { SplitWords = normalizer.SplitWords }, trie, []));
        for (var i = 0; i < 256; i++)
            DescribeByte((byte)i);
        HasPlainWords = MaxWordLength > WordCache.MaxWordLength && Enumerable.Range(0, 128).All(IsPlain);
    }

    /// <summary>Tells caches whose words they hold.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_count);

    public Vocabulary Vocabulary { get; }

    public NormalizationTable Characters { get; }

    public PieceTrie Trie { get; }

    /// <summary>Those that are looked for in the text as it is.</summary>
    public AddedTokenMatcher AddedTokens { get; }

    /// <summary>
    /// What reads a text in which tokens are looked for once it is normalised; null where nothing asks for that, and
    /// reading in one pass gives the same.
    /// </summary>
    public SplitTables? Split { get; }

    public int MaxWordLength { get; }

    public bool Lowercase { get; }

    /// <summary>Whether a run of ASCII letters and digits up to a space or a mark is always one word.</summary>
    public bool HasPlainWords { get; }

    public ReadOnlySpan<ByteKind> Kinds => _kinds;

    /// <summary>What a byte of kind <see cref="ByteKind.Word"/> becomes.</summary>
    public ReadOnlySpan<byte> Lower => _lower;

    /// <summary>The id of an ASCII mark that is a word of its own.</summary>
    public ReadOnlySpan<int> IsolatedIds => _isolatedIds;

    /// <summary>Tables of the same vocabulary for a text that is normalised otherwise.</summary>
    public WordPieceTables With(NormalizerSettings normalizer) =>
        new(Vocabulary, normalizer, Trie, Vocabulary.AddedTokens);

    /// <summary>Writes the ids of a text, [CLS] and [SEP] around them.</summary>
    /// <param name="ids">As long as <paramref name="limit"/>, or two longer than the text.</param>
    /// <param name="limit">Most ids in all.</param>
    /// <param name="side">Which end of the text is left out where there are more.</param>
    /// <param name="offsets">Gathers where tokens lie, of a text that is cut on the right, or null.</param>
    /// <returns>How many ids were written.</returns>
    public int Read(
        ReadOnlySpan<byte> text, Span<int> ids, int limit, TruncationSide side, TokenOffsets? offsets = null)
    {
        // No text gives more ids than it has bytes.
        var atEnd = side == TruncationSide.Left && text.Length > limit - 2;
        var scratch = ReaderScratch.Rent(Split?.Words ?? this);
        int count;
        if (Split is null)
        {
            var reader = new WordPieceReader(this, scratch, text, offsets);
            count = atEnd ? reader.ReadEnd(ids, limit) : reader.Read(ids, limit);
        }
        else
        {
            var reader = new SplitTextReader(Split, scratch, offsets);
            count = atEnd ? reader.ReadEnd(text, ids, limit) : reader.Read(text, ids, limit);
        }
        scratch.Return();
        return count;
    }

    /// <summary>As <see cref="Read(ReadOnlySpan{byte}, Span{int}, int, TruncationSide, TokenOffsets?)"/>.</summary>
    /// <param name="writer">Gets the ids, in pieces where it can.</param>
    public int Read(ReadOnlySpan<byte> text, IBufferWriter<int> writer, int limit, TruncationSide side)
    {
        int count;
        if (Split is null && side == TruncationSide.Right)
        {
            var scratch = ReaderScratch.Rent(this);
            count = new WordPieceReader(this, scratch, text).Read(writer, limit);
            scratch.Return();
            return count;
        }
        count = Read(text, writer.GetSpan((int)Math.Min(limit, text.Length + 2L)), limit, side);
        writer.Advance(count);
        return count;
    }

    /// <summary>The id of a word of one code point.</summary>
    public int IdOfIsolated(ReadOnlySpan<byte> character)
    {
        Span<int> pieces = stackalloc int[NormalizedCharacter.MaxLength];
        Trie.Split(character, pieces);
        return MaxWordLength == 0 ? Vocabulary.UnknownId : pieces[0];
    }

    private static bool IsAlphanumeric(int c) => c is (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    private bool IsPlain(int c) => !IsAlphanumeric(c) || _kinds[c] == ByteKind.Word;

    private void DescribeByte(byte value)
    {
        _kinds[value] = ByteKind.Other;
        if (value < 0x80)
            DescribeAscii(value, Characters[value]);
        if (AddedTokens.FirstBytes.Contains(value))
            _kinds[value] = ByteKind.MayBeAdded;
    }

    private void DescribeAscii(byte value, NormalizedCharacter character)
    {
        _lower[value] = character.Kind == CharacterKind.Mapped ? Characters.Payload[character.Offset] : value;
        if (character.Kind == CharacterKind.Isolated)
            _isolatedIds[value] = IdOfIsolated([value]);
        _kinds[value] = character.Kind switch
        {
            CharacterKind.Same => ByteKind.Word,
            CharacterKind.Mapped when character.Length == 1 => ByteKind.Word,
            CharacterKind.Space => ByteKind.Space,
            CharacterKind.Isolated => ByteKind.Isolated,
            _ => ByteKind.Other,
        };
    }
}

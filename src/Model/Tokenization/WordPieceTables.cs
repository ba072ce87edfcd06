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
            PieceTrie.Create(vocabulary.Tokens, vocabulary.ContinuationPrefix, vocabulary.UnknownId),
            new AddedTokenMatcher(vocabulary.AddedTokens))
    {
    }

    private WordPieceTables(
        Vocabulary vocabulary, NormalizerSettings normalizer, PieceTrie trie, AddedTokenMatcher addedTokens)
    {
        Vocabulary = vocabulary;
        MaxWordLength = vocabulary.MaxWordLength;
        Lowercase = normalizer.Lowercase;
        Characters = NormalizationTable.Of(normalizer);
        Trie = trie;
        AddedTokens = addedTokens;
        for (var i = 0; i < 256; i++)
            DescribeByte((byte)i);
        HasPlainWords = MaxWordLength > WordCache.MaxWordLength && Enumerable.Range(0, 128).All(IsPlain);
    }

    /// <summary>Tells caches whose words they hold.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_count);

    public Vocabulary Vocabulary { get; }

    public NormalizationTable Characters { get; }

    public PieceTrie Trie { get; }

    public AddedTokenMatcher AddedTokens { get; }

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
    public WordPieceTables With(NormalizerSettings normalizer) => new(Vocabulary, normalizer, Trie, AddedTokens);

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
        if (AddedTokens.MayBeginWith(value))
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

namespace FineWebTorch.Model.Tokenization;

/// <summary>A vocabulary in the form that encoding needs. Immutable; shared by all threads.</summary>
internal sealed class EncoderTables
{
    private static long s_count;

    private readonly byte[] _lower = new byte[256];
    private readonly ByteKind[] _kinds = new ByteKind[256];
    private readonly int[] _singles = new int[128];

    public EncoderTables(Vocabulary vocabulary)
    {
        MaxWordLength = vocabulary.MaxWordLength;
        UnknownId = vocabulary.UnknownId;
        FirstId = vocabulary.FirstId;
        LastId = vocabulary.LastId;
        Lowercase = vocabulary.Normalizer.Lowercase;
        Characters = NormalizationTable.Of(vocabulary.Normalizer);
        Trie = PieceTrie.Create(vocabulary.Tokens, vocabulary.ContinuationPrefix, vocabulary.UnknownId);
        AddedTokens = new AddedTokenMatcher(vocabulary.AddedTokens);
        for (var i = 0; i < 256; i++)
            DescribeByte((byte)i);
        HasPlainWords = MaxWordLength > WordCache.MaxWordLength && Enumerable.Range(0, 128).All(IsPlain);
    }

    /// <summary>Tells caches whose words they hold.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_count);

    public NormalizationTable Characters { get; }

    public PieceTrie Trie { get; }

    public AddedTokenMatcher AddedTokens { get; }

    public int MaxWordLength { get; }

    public int UnknownId { get; }

    public int FirstId { get; }

    public int LastId { get; }

    public bool Lowercase { get; }

    /// <summary>Whether a run of ASCII letters and digits up to a space or a mark is always one word.</summary>
    public bool HasPlainWords { get; }

    public ReadOnlySpan<ByteKind> Kinds => _kinds;

    /// <summary>What a byte of kind <see cref="ByteKind.Word"/> becomes.</summary>
    public ReadOnlySpan<byte> Lower => _lower;

    /// <summary>The id of an ASCII mark that is a word of its own.</summary>
    public ReadOnlySpan<int> Singles => _singles;

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

    private void DescribeAscii(byte value, Character character)
    {
        _lower[value] = character.Kind == CharacterKind.Mapped ? Characters.Payload[character.Offset] : value;
        if (character.Kind == CharacterKind.Single)
            _singles[value] = SplitSingle([value]);
        _kinds[value] = character.Kind switch
        {
            CharacterKind.Same => ByteKind.Word,
            CharacterKind.Mapped when character.Length == 1 => ByteKind.Word,
            CharacterKind.Space => ByteKind.Space,
            CharacterKind.Single => ByteKind.Single,
            _ => ByteKind.Other,
        };
    }

    /// <summary>The id of a word of one code point.</summary>
    public int SplitSingle(ReadOnlySpan<byte> character)
    {
        Span<int> pieces = stackalloc int[Character.MaxLength];
        Trie.Split(character, pieces);
        return MaxWordLength == 0 ? UnknownId : pieces[0];
    }
}

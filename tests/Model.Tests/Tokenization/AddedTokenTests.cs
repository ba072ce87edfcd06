using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class AddedTokenTests
{
    private static readonly string[] Words = ["a", "##b", "b", "[", "]", "##c", "sep", "mask", "c"];

    [Theory]
    [InlineData("a[SEP]b", "a [SEP] b")]
    [InlineData("[SEP][SEP]", "[SEP] [SEP]")]
    [InlineData("[SE[SEP]", "[ [UNK] [SEP]")]
    [InlineData("[sep]", "[ sep ]")]
    [InlineData("[SE\u200BP]", "[ sep ]")]
    [InlineData("[SEP\u0301]", "[ sep ]")]
    [InlineData("[SEP]\u0301b", "[SEP] b")]
    [InlineData("[UNK] [CLS]", "[UNK] [CLS]")]
    [InlineData("[SEP", "[ sep")]
    [InlineData("a\u200B[SEP]", "a [SEP]")]
    public void Encode_SpecialTokenInTheText_IsFoundAsItIsWritten(string text, string expected) =>
        Assert.Equal(expected.Split(' '), Tokenizers.Small(Words).TokensOf(text));

    [Theory]
    [InlineData("abc", "a bc")]
    [InlineData("a bcd", "a bcd")]
    [InlineData("abcde", "a bcd [UNK]")]
    [InlineData("中文中", "[UNK] 文中")]
    public void Encode_AddedTokensOfAnyBeginning_TheLeftmostThenLongestWins(string text, string expected)
    {
        var tokenizer = Tokenizers.Small(Words, added: ["bc", "bcd", "文中"]);
        Assert.Equal(expected.Split(' '), tokenizer.TokensOf(text));
    }

    [Fact]
    public void Encode_AddedTokenWithinAWordTooLong_EndsTheWord()
    {
        var tokenizer = Tokenizers.Small(["a", "##a"], maxWordLength: 3);
        Assert.Equal(["[UNK]", "[SEP]", "a", "##a"], tokenizer.TokensOf("aaaaaaaa[SEP]aa"));
    }

    [Theory]
    [InlineData("day", "day")]
    [InlineData("DAY! Dáy", "day [UNK] day")]
    [InlineData("daya days", "[UNK] [UNK]")]
    [InlineData("da\u200By", "day")]
    [InlineData("a中b", "a 中 b")]
    public void Encode_NormalizedSingleWord_IsFoundInTheNormalizedText(string text, string expected)
    {
        var tokenizer = With(
            new AddedToken("Day", 12, SingleWord: true, Normalized: true), new AddedToken("中", 13, Normalized: true));
        Assert.Equal(expected.Split(' '), tokenizer.TokensOf(text).Select(token => token.ToLowerInvariant()
            .Replace("[unk]", "[UNK]", StringComparison.Ordinal)));
    }

    /// <summary>What decides an id may lie far behind it: the text is read in parts that grow.</summary>
    [Fact]
    public void Encode_NormalizedTokensInALongText_TheFirstIdsAreThoseOfTheWholeText()
    {
        var tokens = new[]
        {
            new AddedToken("a" + new string('c', 300), 12, Normalized: true),
            new AddedToken("B ", 13, Normalized: true), new AddedToken("sep", 14, StripLeft: true),
        };
        var all = With(tokens);
        string[] texts =
        [
            string.Concat(Enumerable.Repeat("a b c ", 3000)),
            "a" + new string('c', 299) + "b",
            string.Concat(Enumerable.Repeat("a" + new string('c', 300), 40)),
            "c c b" + new string(' ', 5000) + "sep b",
            new string('\u0301', 9000) + "a" + new string('\u302E', 3000) + "\u0301 b",
            string.Concat(Enumerable.Repeat("中", 3000)),
        ];
        foreach (var text in texts)
        {
            var expected = all.Ids(text);
            foreach (var limit in new[] { 2, 3, 4, 7, 20, 100 })
            {
                var (right, left) = (With(limit, TruncationSide.Right, tokens), With(limit, TruncationSide.Left, tokens));
                Assert.Equal([.. expected[..^1].Take(limit - 1), 2], right.Ids(text));
                Assert.Equal([1, .. expected[1..^1].TakeLast(limit - 2), 2], left.Ids(text));
            }
        }
    }

    [Theory]
    [InlineData(TruncationSide.Left)]
    [InlineData(TruncationSide.Right)]
    public void Encode_NormalizedTokensOrLeftSide_AllocatesNothing(TruncationSide side)
    {
        var tokenizer = With(16, side, new AddedToken("Day", 12, Normalized: side == TruncationSide.Right));
        var text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a DAY, cb ", 500)));
        var ids = new int[16];
        tokenizer.Encode(text, ids);

        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, ids);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        var writer = new System.Buffers.ArrayBufferWriter<int>();
        Assert.Equal(16, tokenizer.Encode(text, writer));
        Assert.Equal(ids, writer.WrittenSpan.ToArray());
    }

    private static WordPieceTokenizer With(params AddedToken[] added) =>
        With(int.MaxValue, TruncationSide.Right, added);

    private static WordPieceTokenizer With(int limit, TruncationSide side, params AddedToken[] added)
    {
        string[] special = ["[UNK]", "[CLS]", "[SEP]"];
        return new WordPieceTokenizer(
            new Vocabulary(
                new Pieces("vocabulary", special.Concat(Words).Select((token, id) => (token, id))),
                [.. special.Select((token, id) => new AddedToken(token, id)), .. added],
                new NormalizerSettings(CleanText: true, HandleChineseChars: true, StripAccents: true, Lowercase: true),
                "##",
                MaxWordLength: 100,
                UnknownId: 0,
                ClsId: 1,
                SepId: 2),
            limit,
            side);
    }
}

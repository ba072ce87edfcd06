namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class AddedTokenTests
{
    private static readonly string[] Pieces = ["a", "##b", "b", "[", "]", "##c", "sep", "mask", "c"];

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
        Assert.Equal(expected.Split(' '), Tokenizers.Small(Pieces).TokensOf(text));

    [Theory]
    [InlineData("abc", "a bc")]
    [InlineData("a bcd", "a bcd")]
    [InlineData("abcde", "a bcd [UNK]")]
    [InlineData("中文中", "[UNK] 文中")]
    public void Encode_AddedTokensOfAnyBeginning_TheLeftmostThenLongestWins(string text, string expected)
    {
        var tokenizer = Tokenizers.Small(Pieces, added: ["bc", "bcd", "文中"]);
        Assert.Equal(expected.Split(' '), tokenizer.TokensOf(text));
    }

    [Fact]
    public void Encode_AddedTokenWithinAWordTooLong_EndsTheWord()
    {
        var tokenizer = Tokenizers.Small(["a", "##a"], maxWordLength: 3);
        Assert.Equal(["[UNK]", "[SEP]", "a", "##a"], tokenizer.TokensOf("aaaaaaaa[SEP]aa"));
    }
}

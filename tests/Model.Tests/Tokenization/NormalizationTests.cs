using FineWebTorch.Model.Files;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>What BERT's vocabulary cannot show, with vocabularies that can.</summary>
public sealed class NormalizationTests
{
    // Marks that the reference keeps: U+1D165 (class 216) and U+302E (224) are no nonspacing marks, U+08D4 (230) is
    // newer than the reference's categories.
    private const string Stem = "\U0001D165";
    private const string Tone = "\u302E";
    private const string High = "\u08D4";

    [Theory]
    [InlineData("a" + High + Tone + Stem, "a" + Stem + Tone + High)]
    [InlineData("a" + High + "\u0301" + Stem, "a" + Stem + High)]
    [InlineData("a" + High + "b" + Stem, "a" + High + "b" + Stem)]
    // Over what decomposes to a mark that is removed, and over what cleaning removes, marks do move.
    [InlineData("é" + High + "\u200B" + Stem, "e" + Stem + High)]
    // Not over a removed mark of class 0, here a variation selector.
    [InlineData("a" + High + "\uFE0F" + Stem, "a" + High + Stem)]
    [InlineData(High + Stem, Stem + High)]
    // Equal classes keep their order.
    [InlineData("a\u08D5" + High, "a\u08D5" + High)]
    // What a character decomposes to takes part: U+1D15E is U+1D157 U+1D165.
    [InlineData("\U0001D157" + Tone + Stem, "\U0001D157" + Stem + Tone)]
    [InlineData("\U0001D15E" + "\U0001D16D" + Stem, "\U0001D157" + Stem + Stem + "\U0001D16D")]
    public void Encode_CombiningMarks_AreInCanonicalOrder(string text, string normalized)
    {
        Assert.Equal([normalized], Tokenizers.Small([normalized]).TokensOf(text));
    }

    [Fact]
    public void Encode_MarksOfTwoWords_StayApart()
    {
        var tokenizer = Tokenizers.Small([High, Stem, "中"]);
        Assert.Equal([High, Stem], tokenizer.TokensOf(High + " " + Stem));
        Assert.Equal(["中", High, "中", Stem], tokenizer.TokensOf("中" + High + "中" + Stem));
        Assert.Equal([High, "[SEP]", Stem], tokenizer.TokensOf(High + "[SEP]" + Stem));
    }

    [Fact]
    public void Encode_AccentsKept_NothingIsReordered()
    {
        var text = "a" + High + Tone + Stem;
        Assert.Equal([text], Tokenizers.Small([text], stripAccents: false).TokensOf(text));
    }

    [Theory]
    [InlineData("각", "\u1100\u1161\u11A8")]
    [InlineData("가", "\u1100\u1161")]
    [InlineData("힣", "\u1112\u1175\u11C2")]
    [InlineData("ΑΣ", "ας", "ασ")]
    [InlineData("İ", "i")]
    [InlineData("\u2126", "ω")]
    [InlineData("\u1FEF", "`")]
    [InlineData("\u037E", ";")]
    [InlineData("\u226E", "<")]
    [InlineData("\uF900", "豈")]
    // Newer than the reference's tables of decompositions (Unicode 9.0), but not than its lower case (17.0).
    [InlineData("\U00011938", "\U00011935\U00011930", "\U00011938")]
    [InlineData("\uA7DC", "\u019B")]
    [InlineData("\U00016EA0", "\U00016EBB")]
    public void Encode_MappedCharacter_GivesWhatTheReferencesLibrariesGive(string text, params string[] tokens)
    {
        Assert.Equal([tokens[^1]], Tokenizers.Small(tokens).TokensOf(text));
    }

    [Fact]
    public void Encode_LowerCaseOfTwoCharacters_CountsTwoInTheWord()
    {
        var tokenizer = Tokenizers.Small(["i\u0307"], maxWordLength: 2, stripAccents: false);
        Assert.Equal(["i\u0307"], tokenizer.TokensOf("İ"));
        Assert.Equal(["[UNK]"], Tokenizers.Small(["i\u0307"], maxWordLength: 1, stripAccents: false).TokensOf("İ"));
    }

    [Theory]
    [InlineData(3, "aaa", "[UNK]")]
    [InlineData(4, "aaaa", "[UNK]")]
    [InlineData(20, "aaaaaaaaaaaaaaaaaaaa", "[UNK]")]
    // Counted are code points as they are after decomposition, marks left out.
    [InlineData(3, "e\u0301e\u0301e\u0301", "[UNK]")]
    [InlineData(3, "각", "[UNK]")]
    public void Encode_WordLongerThanTheLimit_IsUnknown(int codePoints, string word, string expected)
    {
        string[] tokens = ["a", "##a", "e", "##e", "\u1100", "##\u1161", "##\u11A8"];
        Assert.Equal(codePoints, Tokenizers.Small(tokens, codePoints).TokensOf(word).Length);
        Assert.Equal([expected, expected], Tokenizers.Small(tokens, codePoints - 1).TokensOf(word + " " + word));
        Assert.Equal(["[UNK]", "[UNK]"], Tokenizers.Small(tokens, 0).TokensOf("a e"));
    }

    /// <summary>On which it rests that a text gives no more ids than it has bytes.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Normalize_CharacterThatMaps_BecomesNoMoreCharactersThanItHasBytes(bool strip, bool lower)
    {
        var tables = UnicodeTables.Instance;
        var normalizer = new CharacterNormalizer(new NormalizerSettings(false, true, strip, lower), tables);
        foreach (var c in tables.Decompositions.Keys.Concat(tables.LowerCase.Keys).Append(0xAC00).Append(0xD7A3))
        {
            var count = 0;
            foreach (var part in normalizer.Normalize(c))
                count += part.Kind is CharacterKind.Same or CharacterKind.Isolated ? 1 : 0;
            Assert.InRange(count, 0, Utf8CodePoint.LengthOf(c));
        }
    }
}

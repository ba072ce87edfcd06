using System.Text;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>What is cut off is never read: in these tests reading it would end the process.</summary>
public sealed class WordPieceTokenizerEarlyStopTests
{
    private static readonly int[] MaxLengths = [3, 17, 18, 19, 33, 34, 50, 512];

    /// <summary>
    /// What a text repeats, and what it ends with: up to there everything must be read, and behind it nothing.
    /// </summary>
    public static TheoryData<string, string> Ends => new()
    {
        { "a ", "a " },
        { "a ", "a!" },
        { "a ", "!" },
        { "word, ", "word," },
        { "!", "!" },
        { "中", "中" },
        { "a ", "中" },
        { "a ", "a中" },
        { "a ", "e\u0301 " },
        { "a ", "e\u0301\u0301\u200B\u0327\n" },
        { "a ", "\u200B\u200B!" },
        // A word is cut within its pieces only when all of them are known.
        { "a ", "embeddingsology " },
        { "a ", "Ünïcödeschmerz\u00A0" },
        // One code point too many makes a word unknown, wherever it ends.
        { "a ", new string('b', 101) },
        { "a ", new string('é', 101) },
        { "a ", "[SEP]" },
        { "a ", "a[" },
        { "[SEP]", "[SEP]" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Encode_MemoryBehindTheLastIdUnreadable_GivesTheIdsOfTheWholeText(string unit, string last)
    {
        foreach (var maxLength in MaxLengths)
        {
            var tokenizer = Tokenizers.Uncased(maxLength);
            var idsOfUnit = Tokenizers.Unlimited.Ids(unit).Length - 2;
            var units = (maxLength - 3) / idsOfUnit;
            var filler = string.Concat(Enumerable.Repeat("! ", maxLength - 3 - (units * idsOfUnit)));
            var readable = Encoding.UTF8.GetBytes(filler + string.Concat(Enumerable.Repeat(unit, units)) + last);
            var rest = Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat(" and so on", 1000)));
            var expected = tokenizer.Ids([.. readable, .. rest]);
            Assert.Equal(maxLength, expected.Length);

            using var text = new GuardedText(readable, readable.Length + rest.Length);
            Assert.Equal(expected, tokenizer.Ids(text.Span));
        }
    }

    [Fact]
    public void Encode_TextThatEndsWhereMemoryEnds_ReadsNothingBehindIt()
    {
        string[] texts = ["", "a", "a b", "hello world", "0123456789abcdef", "0123456789abcde", "é", "中", "[SEP]"];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            using var guarded = new GuardedText(bytes, bytes.Length);
            Assert.Equal(Tokenizers.Unlimited.Ids(bytes), Tokenizers.Unlimited.Ids(guarded.Span));
        }
    }

    [Fact]
    public void Encode_InvalidUtf8AtTheEndOfMemory_ReadsNothingBehindIt()
    {
        byte[][] endings = [[], [0x80], [0x90, 0x80], [0xBF, 0xBF, 0xBF], [(byte)'a'], [0xC3]];
        for (var lead = 0x80; lead < 0x100; lead++)
        {
            foreach (var ending in endings)
            {
                byte[] bytes = [(byte)'a', (byte)lead, .. ending];
                using var guarded = new GuardedText(bytes, bytes.Length);
                Assert.Equal(
                    Tokenizers.Unlimited.Ids(Encoding.UTF8.GetString(bytes)), Tokenizers.Unlimited.Ids(guarded.Span));
            }
        }
    }

    [Fact]
    public void Encode_ReferenceText_GivesTheFirstIdsOfTheUncutText()
    {
        int[] lengths = [2, 3, 10, 20, 128];
        var tokenizers = lengths.Select(Tokenizers.Uncased).ToArray();
        foreach (var (kind, text, _) in ReferenceCase.ReadAll("uncased").Where((one, i) => i % 3 == 0))
        {
            var all = Tokenizers.Unlimited.Ids(text);
            foreach (var tokenizer in tokenizers.Where(one => one.MaxLength < all.Length))
            {
                var ids = tokenizer.Ids(text);
                Assert.True(all.AsSpan(0, tokenizer.MaxLength - 1).SequenceEqual(ids.AsSpan(0, ids.Length - 1)), kind);
                Assert.Equal(all[^1], ids[^1]);
            }
        }
    }
}

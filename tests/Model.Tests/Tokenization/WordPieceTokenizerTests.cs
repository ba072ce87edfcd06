using System.Buffers;
using System.Text;

namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class WordPieceTokenizerTests
{
    [Fact]
    public void Encode_ManyDocuments_AllocatesNothing()
    {
        var tokenizer = Tokenizers.Uncased512;
        var documents = ReferenceCase.ReadAll("uncased").Take(1500).Select(one => one.Text).ToArray();
        var ids = new int[512];
        EncodeAll(tokenizer, documents, ids);

        var before = GC.GetAllocatedBytesForCurrentThread();
        EncodeAll(tokenizer, documents, ids);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Encode_WordOfTwoMegabytes_IsOneUnknownTokenInConstantMemory()
    {
        var tokenizer = Tokenizers.Uncased512;
        var text = new byte[2 << 20];
        text.AsSpan().Fill((byte)'a');
        " the end"u8.CopyTo(text.AsSpan(text.Length - 8));
        var ids = new int[512];
        tokenizer.Encode("warm up"u8, ids);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = tokenizer.Encode(text, ids);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(["[CLS]", "[UNK]", "the", "end", "[SEP]"], ids[..count].Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Encode_ManyThreads_GiveTheIdsOfOne()
    {
        var tokenizer = Tokenizers.Uncased512;
        var other = Tokenizers.Small(["the", "a"]);
        var cases = ReferenceCase.ReadAll("uncased").Take(1000).ToArray();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, part =>
        {
            for (var i = 0; i < cases.Length; i++)
            {
                var one = cases[(i + (part * 250)) % cases.Length];
                Assert.Equal(one.Ids, tokenizer.Ids(one.Text));
                if (i % 100 == 0)
                    Assert.Equal([1, 3, 4, 2], other.Ids("the a"));
            }
        });
    }

    [Fact]
    public void Encode_IntoWriter_WritesTheSameIds()
    {
        foreach (var (_, text, expected) in ReferenceCase.ReadAll("uncased").Where((_, i) => i % 7 == 0))
        {
            var writer = new ArrayBufferWriter<int>();
            Assert.Equal(expected.Length, Tokenizers.Uncased512.Encode(text, writer));
            Assert.Equal(expected, writer.WrittenSpan.ToArray());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(100)]
    public void Encode_WriterOfSmallChunks_WritesTheSameIds(int chunk)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Tokenization, embeddingsology! 中é ", 500)));
        var writer = new ChunkWriter(chunk);
        var count = Tokenizers.Unlimited.Encode(text, writer);
        Assert.Equal(Tokenizers.Unlimited.Ids(text), writer.Written);
        Assert.Equal(writer.Written.Count, count);
    }

    [Fact]
    public void Encode_WriterThatTokenizesItself_DisturbsNothing()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("unbelievably tokenized ", 100)));
        var writer = new ChunkWriter(3, () => Tokenizers.Small(["x"]).Ids("x y x"));
        Tokenizers.Unlimited.Encode(text, writer);
        Assert.Equal(Tokenizers.Unlimited.Ids(text), writer.Written);
    }

    [Fact]
    public void Encode_EmptyText_GivesTheSpecialTokens() => Assert.Equal([101, 102], Tokenizers.Unlimited.Ids(""));

    [Fact]
    public void Encode_TooLittleRoom_IsRefused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => Tokenizers.Uncased512.Encode("a b c"u8, new int[6]));
        Assert.Contains("6 ids", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(5, Tokenizers.Uncased512.Encode("a b c"u8, new int[7]));
    }

    [Fact]
    public void Encode_InvalidUtf8_IsReadAsReplacementCharacters()
    {
        // Cleaning removes U+FFFD, so the parts of a word join.
        byte[] text = [.. "to"u8, 0xFF, .. "ken"u8, 0xE4, 0xB8, .. "s"u8];
        Assert.Equal(Tokenizers.Unlimited.Ids("tokens"), Tokenizers.Unlimited.Ids(text));

        // Without cleaning each longest possible part is one U+FFFD: two here, then three.
        var tokenizer = Tokenizers.Small(["a", "##\uFFFD", "##\uFFFD\uFFFD\uFFFD", "##b"], clean: false);
        Assert.Equal(["a", "##\uFFFD", "##\uFFFD", "##b"], tokenizer.TokensOf([.. "a"u8, 0xE4, 0xB8, 0xFF, .. "b"u8]));
        Assert.Equal(["a", "##\uFFFD\uFFFD\uFFFD", "##b"], tokenizer.TokensOf([.. "a"u8, 0xED, 0xA0, 0x80, .. "b"u8]));
    }

    [Fact]
    public void TokenOf_EveryId_GivesTheVocabularysEntry()
    {
        var lines = File.ReadAllLines(Path.Combine(ReferenceSettings.ModelFolder, "vocab.txt"));
        Assert.Equal(lines.Length, Tokenizers.Unlimited.VocabularySize);
        Assert.Equal(lines, Enumerable.Range(0, lines.Length).Select(Tokenizers.Unlimited.TokenOf));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizers.Unlimited.TokenOf(lines.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizers.Unlimited.TokenOf(-1));
    }

    private static void EncodeAll(WordPieceTokenizer tokenizer, byte[][] documents, int[] ids)
    {
        foreach (var document in documents)
            tokenizer.Encode(document, ids);
    }

    /// <summary>Hands out room for few ids at a time.</summary>
    private sealed class ChunkWriter(int chunk, Action? onRequest = null) : IBufferWriter<int>
    {
        private readonly int[] _buffer = new int[chunk];

        public List<int> Written { get; } = [];

        public void Advance(int count) => Written.AddRange(_buffer[..count]);

        public Memory<int> GetMemory(int sizeHint = 0) => _buffer;

        public Span<int> GetSpan(int sizeHint = 0)
        {
            onRequest?.Invoke();
            return _buffer;
        }
    }

    /// <summary>Each is a token of its own, also those that Unicode counts among the symbols.</summary>
    [Fact]
    public void Encode_AsciiPunctuation_StandsAlone()
    {
        const string Marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        var tokenizer = Tokenizers.Small(["a", "##a", .. Marks.Select(mark => mark.ToString())]);

        foreach (var mark in Marks)
            Assert.Equal(["a", mark.ToString(), "a"], tokenizer.TokensOf($"a{mark}a"));
    }

    [Fact]
    public void Encode_LettersAndDigitsOfAscii_AreWords()
    {
        const string Letters = "0123456789abcdefghijklmnopqrstuvwxyz";
        var tokenizer = Tokenizers.Small([.. Letters.SelectMany(one => (string[])[one.ToString(), $"##{one}"])]);

        Assert.Equal(
            [Letters[..1], .. Letters[1..].Select(one => $"##{one}")], tokenizer.TokensOf(Letters.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Tokenizer_OfNoRoomForAToken_IsRefused(int maxLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizers.Uncased(maxLength));
}

using System.Runtime.Intrinsics;
using System.Text;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>What is kept of words seen lately.</summary>
public sealed class WordCacheTests
{
    private readonly WordCache _cache = new();

    [Theory]
    [InlineData(7)]
    [InlineData(7, 30521)]
    [InlineData(0, 1, 2)]
    [InlineData((1 << 28) - 1, 5, 6, int.MaxValue)]
    public void Word_OfSomePieces_IsFoundAgain(params int[] pieces)
    {
        _cache.Set(Key("word"), pieces);

        Assert.Equal(pieces, Get("word"));
    }

    [Fact]
    public void Word_NeverSeenOrCleared_IsNotThere()
    {
        Assert.Empty(Get("word"));
        _cache.Set(Key("word"), [1]);
        Assert.Empty(Get("words"));

        _cache.Clear();

        Assert.Empty(Get("word"));
    }

    /// <summary>What stands behind a word does not count, and its length does: a NUL may be a part of it.</summary>
    [Fact]
    public void Key_IsOfTheWordAlone()
    {
        Assert.Equal(KeyOf("wordy", 4), KeyOf("words", 4));
        Assert.NotEqual(KeyOf("wordy", 5), KeyOf("words", 5));
        Assert.NotEqual(KeyOf("word\0", 4), KeyOf("word\0", 5));
        Assert.NotEqual(KeyOf("abcdefghijklmno", 15), KeyOf("abcdefghijklmn\0", 15));
    }

    /// <summary>Many more words than there is room for: what is found is right, and some are found.</summary>
    [Fact]
    public void Words_MoreThanFit_AreRightOrNotThere()
    {
        const int Words = 100_000;
        for (var word = 0; word < Words; word++)
            _cache.Set(Key($"{word}"), [word, word + 1]);

        var found = 0;
        for (var word = 0; word < Words; word++)
        {
            var pieces = Get($"{word}");
            if (pieces.Length == 0)
                continue;
            Assert.Equal([word, word + 1], pieces);
            found++;
        }

        Assert.InRange(found, 4096, 16384); // In 8192 sets of two
        Assert.Equal([Words - 1, Words], Get($"{Words - 1}"));
    }

    private int[] Get(string word)
    {
        var ids = new int[WordCache.MaxPieces];
        return ids[.._cache.TryGet(Key(word), ref ids[0])];
    }

    private static Vector128<ulong> Key(string word) => KeyOf(word, word.Length);

    private static Vector128<ulong> KeyOf(string text, int length)
    {
        var bytes = new byte[16];
        Encoding.UTF8.GetBytes(text, bytes);
        return WordCache.KeyOf(Vector128.Create(bytes), length);
    }
}

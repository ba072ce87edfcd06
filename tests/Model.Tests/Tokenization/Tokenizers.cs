using System.Collections.Concurrent;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>Tokenizers that several tests share, and short ways to use them.</summary>
internal static class Tokenizers
{
    private static readonly Lazy<Vocabulary> BertUncased =
        new(() => new TokenizerFiles(ReferenceSettings.ModelFolder).ReadVocabulary());

    private static readonly ConcurrentDictionary<int, WordPieceTokenizer> ByMaxLength = new();

    public static WordPieceTokenizer Uncased512 => Uncased(512);

    public static WordPieceTokenizer Unlimited => Uncased(int.MaxValue);

    public static WordPieceTokenizer Uncased(int maxLength) =>
        ByMaxLength.GetOrAdd(maxLength, static length => new WordPieceTokenizer(BertUncased.Value, length));

    /// <summary>
    /// A tokenizer of the given tokens behind [UNK], [CLS] and [SEP] (ids 0, 1 and 2), which are added tokens.
    /// </summary>
    public static WordPieceTokenizer Small(
        string[] tokens, int maxWordLength = 100, bool clean = true, bool stripAccents = true,
        string[]? added = null)
    {
        string[] special = ["[UNK]", "[CLS]", "[SEP]", .. added ?? []];
        return new WordPieceTokenizer(
            new Vocabulary(
                new Pieces("vocabulary", [.. special.Concat(tokens).Select((token, id) => (token, id))]),
                [.. special.Select((token, id) => new AddedToken(token, id))],
                new NormalizerSettings(clean, HandleChineseChars: true, stripAccents, Lowercase: true),
                "##",
                maxWordLength,
                UnknownId: 0,
                ClsId: 1,
                SepId: 2),
            int.MaxValue);
    }

    public static int[] Ids(this WordPieceTokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        var ids = new int[Math.Min(tokenizer.MaxLength, text.Length + 2)];
        return ids[..tokenizer.Encode(text, ids)];
    }

    public static int[] Ids(this WordPieceTokenizer tokenizer, string text) =>
        tokenizer.Ids(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>The tokens of a text without the first and the last.</summary>
    public static string[] TokensOf(this WordPieceTokenizer tokenizer, ReadOnlySpan<byte> text) =>
        [.. tokenizer.Ids(text)[1..^1].Select(tokenizer.TokenOf)];

    /// <inheritdoc cref="TokensOf(WordPieceTokenizer, ReadOnlySpan{byte})"/>
    public static string[] TokensOf(this WordPieceTokenizer tokenizer, string text) =>
        tokenizer.TokensOf(System.Text.Encoding.UTF8.GetBytes(text));
}

using FineWebTorch.Model;
using FineWebTorch.Texts;

namespace FineWebTorch.EncoderSpeed;

/// <summary>A batch of documents of one length, so that nobody pads.</summary>
internal sealed class EncoderCase
{
    private const int Cls = 101, Sep = 102;

    public EncoderCase(int documents, int tokens, int vocabulary)
    {
        Name = $"{documents}x{tokens}";
        Lengths = [.. Enumerable.Repeat(tokens, documents)];
        var random = new SplitMix64((ulong)(documents * tokens));
        Documents = [.. Lengths.Select(length => Draw(random, length, vocabulary))];
        Batch = new PackedBatch(
            [.. Documents.SelectMany(ids => ids)], [.. Enumerable.Range(0, documents + 1).Select(i => i * tokens)]);
    }

    public string Name { get; }

    public int[] Lengths { get; }

    /// <summary>[documents][tokens]</summary>
    public int[][] Documents { get; }

    public PackedBatch Batch { get; }

    /// <exception cref="FormatException">It is not written like 4x512.</exception>
    public static EncoderCase Parse(string text, BertConfig config)
    {
        return text.Split('x') is [var documents, var tokens] && int.TryParse(documents, out var n)
            && int.TryParse(tokens, out var length) && n > 0 && length is > 2 && length <= config.MaxPositions
            ? new EncoderCase(n, length, config.VocabularySize)
            : throw new FormatException(
                $"--cases {text}: write documents x tokens, such as 4x512, with at most {config.MaxPositions} tokens");
    }

    private static int[] Draw(SplitMix64 random, int length, int vocabulary) =>
        [Cls, .. Enumerable.Range(0, length - 2).Select(_ => random.Between(1000, vocabulary - 1)), Sep];
}

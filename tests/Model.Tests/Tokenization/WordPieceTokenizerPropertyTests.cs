using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class WordPieceTokenizerPropertyTests
{
    private static readonly string[] Fragments =
    [
        " ", "\n", "\u00A0", "\u2028", "a", "B", "the", "Tokenization", "unbelievably", "0123456789abcdef", "3.14", "!",
        "[", "[SEP]", "[MASK]", "[SE", "é", "e\u0301", "\u0301", "ÅNGSTRÖM", "İ", "Привет", "ς", "中", "豈",
        "각", "\u1100",
        "\u200B", "\u00AD", "\uFE0F", "\U0001D15E", "\U0001D165", "\u08D4", "👩\u200D🚀", "\uFFFD", "\0", "\u007F",
        new string('x', 40), new string('é', 40), "\U000E0001", "\u3000", "“", "…", "_", "$",
    ];

    internal static readonly Arbitrary<string> Texts = Arb.From(
        Gen.Elements(Fragments).ListOf().Select(string.Concat),
        text => Enumerable.Range(0, text.Length)
            .Select(i => text.Remove(i, 1))
            .Where(shorter => shorter.EnumerateRunes().All(rune => rune != Rune.ReplacementChar)));

    internal static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(120)
        .WithReplay(2665343699894046694, 7168947679271186103).WithQuietOnSuccess(true);

    [Fact]
    public void Encode_ShorterLimit_GivesTheFirstIds() => Check.One(Runs, Prop.ForAll(Texts, text =>
    {
        var all = Tokenizers.Unlimited.Ids(text);
        return new[] { 2, 3, 17, 18, 50, 512 }.All(limit =>
        {
            var ids = Tokenizers.Uncased(limit).Ids(text);
            return ids.Length == Math.Min(limit, all.Length) && ids[^1] == 102
                && all.AsSpan().StartsWith(ids.AsSpan(0, ids.Length - 1));
        });
    }));

    [Fact]
    public void Encode_TextsJoinedBySpace_GivesTheIdsOfBoth() => Check.One(Runs, Prop.ForAll(Texts, Texts, (a, b) =>
    {
        int[] expected = [.. Tokenizers.Unlimited.Ids(a)[..^1], .. Tokenizers.Unlimited.Ids(b)[1..]];
        return expected.AsSpan().SequenceEqual(Tokenizers.Unlimited.Ids(a + " " + b));
    }));

    /// <summary>What cleaning removes changes nothing but the way through the code: no vector is all letters.</summary>
    [Fact]
    public void Encode_RemovedCharactersBetweenAll_GivesTheSameIds() => Check.One(Runs, Prop.ForAll(Texts, text =>
    {
        var plain = text.Replace("[", "(", StringComparison.Ordinal);
        var interspersed = string.Concat(plain.EnumerateRunes().Select(rune => rune + "\u200B"));
        return Tokenizers.Unlimited.Ids(plain).AsSpan().SequenceEqual(Tokenizers.Unlimited.Ids(interspersed));
    }));

    [Fact]
    public void Encode_AnyBytes_GivesTheIdsOfTheTextDecodedWithReplacement() => Check.One(Runs, Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        byte[] text = [.. "a"u8, .. bytes, 0xE4, 0xB8, .. bytes];
        return Tokenizers.Unlimited.Ids(Encoding.UTF8.GetString(text)).AsSpan()
            .SequenceEqual(Tokenizers.Unlimited.Ids(text));
    }));
}

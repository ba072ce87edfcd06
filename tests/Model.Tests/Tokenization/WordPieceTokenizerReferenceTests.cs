using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class WordPieceTokenizerReferenceTests
{
    [Theory]
    [InlineData("uncased", 4343)]
    [InlineData("uncased-max16", 600)]
    [InlineData("cased", 900)]
    [InlineData("lower-keep-accents", 900)]
    [InlineData("cased-strip-accents", 900)]
    [InlineData("no-cjk-spacing", 900)]
    [InlineData("no-clean", 900)]
    public void Encode_ReferenceCase_GivesTheReferencesIds(string name, int expectedCases)
    {
        var tokenizer = ReferenceSettings.Load(name, name == "uncased-max16" ? 16 : 512);
        var ids = new int[tokenizer.MaxLength];
        var cases = 0;
        foreach (var (kind, text, expected) in ReferenceCase.ReadAll(name))
        {
            var count = tokenizer.Encode(text, ids);
            if (!expected.AsSpan().SequenceEqual(ids.AsSpan(0, count)))
                Assert.Fail($"case {cases} ({kind}): expected {Shown(expected)}, got {Shown(ids.AsSpan(0, count))}");
            cases++;
        }
        Assert.Equal(expectedCases, cases);
    }

    [Theory]
    [InlineData("uncased")]
    [InlineData("cased")]
    public void Encode_EveryCodePoint_GivesTheReferencesIds(string name)
    {
        var tokenizer = ReferenceSettings.Load(name);
        var ids = new int[tokenizer.MaxLength];
        var text = new byte[6];
        var seen = 0;
        foreach (var (first, last, expected) in ReadCodePoints(name))
        {
            for (var c = first; c <= last; c++, seen++)
            {
                text[0] = (byte)'a';
                var length = new Rune(c).EncodeToUtf8(text.AsSpan(1)) + 2;
                text[length - 1] = (byte)'b';
                var count = tokenizer.Encode(text.AsSpan(0, length), ids);
                if (!expected.AsSpan().SequenceEqual(ids.AsSpan(1, count - 2)))
                    Assert.Fail($"U+{c:X4}: expected {Shown(expected)}, got {Shown(ids.AsSpan(1, count - 2))}");
            }
        }
        Assert.Equal(0x110000 - 0x800, seen);
    }

    private static IEnumerable<(int First, int Last, int[] Ids)> ReadCodePoints(string name)
    {
        using var file = File.OpenRead(TestData.Directory("tokenizer", $"codepoints-{name}.tsv.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            yield return (int.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                int.Parse(fields[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                [.. fields[2].Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture))]);
        }
    }

    private static string Shown(ReadOnlySpan<int> ids) =>
        string.Join(' ', ids[..Math.Min(ids.Length, 30)].ToArray());
}

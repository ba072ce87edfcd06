using System.Text;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>Beside .NET's own UTF-8.</summary>
public sealed class Utf8CodePointTests
{
    /// <summary>The first and the last of each length, and those beside the surrogates.</summary>
    public static TheoryData<int> Edges =>
        [0, 0x7F, 0x80, 0x7FF, 0x800, 0x1000, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0xFFFFF, 0x100000, 0x10FFFF];

    [Theory]
    [MemberData(nameof(Edges))]
    public void CodePoint_AtTheEdgeOfALength_IsWrittenAndRead(int codePoint)
    {
        var expected = Encoding.UTF8.GetBytes(new Rune(codePoint).ToString());
        var written = new List<byte> { (byte)'x' };
        Utf8CodePoint.Append(written, codePoint);
        Assert.Equal([(byte)'x', .. expected], written);
        Assert.Equal(expected.Length, Utf8CodePoint.LengthOf(codePoint));

        byte[] text = [.. written, (byte)'y'];
        var end = 1 + expected.Length;
        Assert.Equal((codePoint, expected.Length), (Utf8CodePoint.Decode(text, 1, out var length), length));
        Assert.Equal((codePoint, expected.Length), (Utf8CodePoint.DecodeLast(text, end, out length), length));
        Assert.Equal((1, codePoint), (Utf8CodePoint.DecodeBefore(text, end, out var before), before));
    }

    /// <summary>Every text of up to four bytes that matter: as many replacements as .NET gives, forwards and backwards.
    /// </summary>
    [Fact]
    public void Bytes_OfAnyKind_AreReadAsDotNetReadsThem()
    {
        byte[] kinds =
        [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5,
            0xFF,
        ];
        var text = new byte[4];
        for (var number = 0; number < kinds.Length * kinds.Length * kinds.Length * kinds.Length; number++)
        {
            for (var (at, rest) = (0, number); at < 4; at++, rest /= kinds.Length)
                text[at] = kinds[rest % kinds.Length];
            var expected = Encoding.UTF8.GetString(text).EnumerateRunes().Select(rune => rune.Value).ToArray();
            if (!Forwards(text).SequenceEqual(expected) || !Backwards(text).SequenceEqual(expected))
                Assert.Fail($"{Convert.ToHexString(text)} is read otherwise");
        }
    }

    private static List<int> Forwards(byte[] text)
    {
        List<int> read = [];
        for (var at = 0; at < text.Length;)
        {
            read.Add(Utf8CodePoint.Decode(text, at, out var length));
            at += length;
        }

        return read;
    }

    private static List<int> Backwards(byte[] text)
    {
        List<int> read = [];
        for (var end = text.Length; end > 0;)
        {
            read.Insert(0, Utf8CodePoint.DecodeLast(text, end, out var length));
            end -= length;
        }

        return read;
    }
}

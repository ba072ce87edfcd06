using System.Buffers.Binary;

namespace FineWebTorch.Common.Tests;

public sealed class NumberTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1000, "1 kB")]
    [InlineData(1_234_567, "1.23 MB")]
    [InlineData(432_000_000_000, "432 GB")]
    [InlineData(999_999, "1 MB")]
    [InlineData(long.MaxValue, "9.22 EB")]
    public void Size_HasThreeDigits(long bytes, string text) => Assert.Equal(text, NumberText.Size(bytes));

    [Theory]
    [InlineData(0.04, "0.0")]
    [InlineData(9.96, "10.0")]
    [InlineData(1234.5, "1,234")]
    public void Rate_HasADecimalOnlyWhereItIsSmall(double rate, string text) =>
        Assert.Equal(text, NumberText.Rate(rate));

    [Theory]
    [InlineData(59.9, "59 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(0, "0.0 s")]
    [InlineData(0.26, "0.2 s")]
    [InlineData(9.99, "9.9 s")]
    [InlineData(10, "10 s")]
    [InlineData(100_000, "27 h 46 min")]
    public void Duration_HasTwoUnits(double seconds, string text) =>
        Assert.Equal(text, NumberText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "file", null, "0 files")]
    [InlineData(1, "file", null, "1 file")]
    [InlineData(1234, "file", null, "1,234 files")]
    [InlineData(1, "batch", "batches", "1 batch")]
    [InlineData(2, "batch", "batches", "2 batches")]
    public void Count_WithANoun_AgreesWithTheNumber(long number, string noun, string? plural, string text) =>
        Assert.Equal(text, NumberText.Count(number, noun, plural));

    [Theory]
    [InlineData(0, 0, "-")]
    [InlineData(0, 10, "0.0 %")]
    [InlineData(1, 1000, "0.1 %")]
    [InlineData(999_999, 1_000_000, "99.9 %")]
    [InlineData(1, 8, "12.5 %")]
    [InlineData(10, 10, "100.0 %")]
    public void Percent_NeverSaysAllOfAPart(double part, double whole, string text) =>
        Assert.Equal(text, NumberText.Percent(part, whole));

    [Fact]
    public void LittleEndian_Floats_KeepEveryBit()
    {
        float[] values = [0, -0f, 1.5f, float.NaN, float.NegativeInfinity, float.Epsilon, 2.71828f];

        var bytes = LittleEndian.FromFloats(values);

        for (var i = 0; i < values.Length; i++)
            Assert.Equal(
                BitConverter.SingleToInt32Bits(values[i]), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i)));
        Assert.Equal(
            values.Select(BitConverter.SingleToInt32Bits),
            LittleEndian.ToFloats(bytes).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void LittleEndian_UInts_ComeBack()
    {
        uint[] values = [0, 1, 0x01020304, uint.MaxValue];

        var bytes = LittleEndian.FromUInts(values);

        Assert.Equal([4, 3, 2, 1], bytes[8..12]);
        Assert.Equal(values, LittleEndian.ToUInts(bytes));
    }
}

using System.Text;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>What stands beside an added token, here <c>[T]</c>.</summary>
public sealed class NeighboursTests
{
    [Theory]
    [InlineData("[T]", true)]
    [InlineData(" [T] ", true)]
    [InlineData("-[T].", true)]
    [InlineData("a[T]", false)]
    [InlineData("[T]a", false)]
    [InlineData("é[T]", false)]
    [InlineData("[T]中", false)]
    [InlineData("_[T]", false)]
    [InlineData("[T]9", false)]
    [InlineData("\U0001F600[T]\U0001F600", true)]
    public void SingleWord_HasNoWordBesideIt(string text, bool isSingle)
    {
        var (bytes, start, end) = Around(text);

        Assert.Equal(isSingle, Neighbours.IsSingleWord(bytes, start, end));
    }

    [Theory]
    [InlineData("[T]", 0, 0)]
    [InlineData(" \t[T]\n", 2, 1)]
    [InlineData("a [T]  b", 1, 2)]
    [InlineData("\u3000[T]\u00A0 ", 3, 3)]
    [InlineData("a[T]b", 0, 0)]
    public void Space_BesideAToken_IsAllOfIt(string text, int before, int behind)
    {
        var (bytes, start, end) = Around(text);

        Assert.Equal(start - before, Neighbours.SpaceBefore(bytes, start));
        Assert.Equal(end + behind, Neighbours.SpaceBehind(bytes, end));
    }

    private static (byte[] Text, int Start, int End) Around(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var start = bytes.AsSpan().IndexOf("[T]"u8);
        return (bytes, start, start + 3);
    }
}

using System.Buffers;
using System.Text;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// The tokens of a text that is given in UTF-16, without special tokens. Ids are borrowed memory: dispose it, once.
/// </summary>
internal readonly ref struct Utf16Text : IDisposable
{
    private const int SpecialTokens = 2;

    private readonly int[] _memory;

    private Utf16Text(int[] memory, int count, bool isWhole, TokenSpan[]? offsets)
    {
        _memory = memory;
        Count = count;
        IsWhole = isWhole;
        Offsets = offsets;
    }

    /// <summary>How many tokens, at most as many as were asked for.</summary>
    public int Count { get; }

    public ReadOnlySpan<int> Ids => _memory.AsSpan(1, Count);

    /// <summary>Whether these are all tokens of the text.</summary>
    public bool IsWhole { get; }

    /// <summary>Where the tokens lie, in UTF-16 code units, and of a text that is cut the next token too.</summary>
    public ReadOnlySpan<TokenSpan> Offsets { get; }

    /// <param name="maxTokens">At least 1; <see cref="int.MaxValue"/>: no limit.</param>
    /// <param name="withOffsets">Whether <see cref="Offsets"/> are wanted: about four times as slow.</param>
    public static Utf16Text Read(WordPieceTables tables, ReadOnlySpan<char> text, int maxTokens, bool withOffsets)
    {
        // One token more tells whether the text is cut.
        var limit = (int)Math.Min((long)maxTokens + SpecialTokens + 1, int.MaxValue);
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        var length = Encoding.UTF8.GetBytes(text, utf8);
        var ids = ArrayPool<int>.Shared.Rent(Math.Min(limit, length + SpecialTokens));
        var offsets = withOffsets ? new TokenOffsets() : null;
        var count = tables.Read(utf8.AsSpan(0, length), ids, limit, TruncationSide.Right, offsets) - SpecialTokens;
        var spans = offsets is null ? null : InUtf16(offsets.Tokens, count, utf8);
        ArrayPool<byte>.Shared.Return(utf8);
        return new Utf16Text(ids, Math.Min(count, maxTokens), count <= maxTokens, spans);
    }

    public void Dispose() => ArrayPool<int>.Shared.Return(_memory);

    private static TokenSpan[] InUtf16(IReadOnlyList<TokenSpan> tokens, int count, ReadOnlySpan<byte> utf8)
    {
        var spans = new TokenSpan[count];
        var (bytes, units) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var start = UnitsTo(tokens[i].Start, utf8, ref bytes, ref units);
            var end = UnitsTo(tokens[i].End, utf8, ref bytes, ref units);
            spans[i] = tokens[i] with { Start = start, End = end };
        }
        return spans;
    }

    /// <summary>Code units before a byte, counted from the last place that was asked for.</summary>
    private static int UnitsTo(int target, ReadOnlySpan<byte> utf8, ref int bytes, ref int units)
    {
        while (bytes < target)
            units += UnitsOf(utf8[bytes++]);
        while (bytes > target)
            units -= UnitsOf(utf8[--bytes]);
        return units;
    }

    /// <summary>Code units that the character beginning with this byte takes; 0 for a byte within a character.</summary>
    private static int UnitsOf(byte value) => (value & 0xC0) == 0x80 ? 0 : value >= 0xF0 ? 2 : 1;
}

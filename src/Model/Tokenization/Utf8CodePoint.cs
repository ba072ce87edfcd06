namespace FineWebTorch.Model.Tokenization;

/// <summary>UTF-8, one code point at a time.</summary>
internal static class Utf8CodePoint
{
    public const int Replacement = 0xFFFD;

    /// <summary>
    /// Decodes the code point at <paramref name="position"/>. Of an invalid sequence the longest part that could have
    /// begun a valid one becomes one U+FFFD (Unicode 3.9, "maximal subparts"; as WHATWG's decoder, Rust and Python do).
    /// Reads no byte behind the first that decides.
    /// </summary>
    /// <param name="length">Bytes taken: 1 to 4.</param>
    public static int Decode(ReadOnlySpan<byte> text, int position, out int length)
    {
        int lead = text[position];
        length = 1;
        if (lead < 0x80)
            return lead;
        if (lead is < 0xC2 or > 0xF4)
            return Replacement;
        var expected = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        var codePoint = lead & (0x7F >> expected);
        // The second byte's range is what keeps out overlong forms, surrogates and what lies above U+10FFFF.
        var low = lead switch { 0xE0 => 0xA0, 0xF0 => 0x90, _ => 0x80 };
        var high = lead switch { 0xED => 0x9F, 0xF4 => 0x8F, _ => 0xBF };
        for (; length < expected; length++, low = 0x80, high = 0xBF)
        {
            if (position + length >= text.Length)
                return Replacement;
            int next = text[position + length];
            if (next < low || next > high)
                return Replacement;
            codePoint = (codePoint << 6) | (next & 0x3F);
        }
        return codePoint;
    }

    /// <summary>Decodes the code point before <paramref name="end"/>, of any bytes, as <see cref="Decode"/> does.</summary>
    /// <param name="length">Bytes it takes: 1 to 4.</param>
    public static int DecodeLast(ReadOnlySpan<byte> text, int end, out int length)
    {
        for (length = 1; length <= Math.Min(4, end); length++)
        {
            if ((text[end - length] & 0xC0) == 0x80)
                continue;
            var codePoint = Decode(text[..end], end - length, out var taken);
            if (taken == length)
                return codePoint;
            break;
        }
        // A continuation that continues nothing.
        length = 1;
        return Replacement;
    }

    /// <summary>Decodes valid UTF-8 backwards from <paramref name="end"/>; gives where the code point begins.</summary>
    public static int DecodeBefore(ReadOnlySpan<byte> text, int end, out int codePoint)
    {
        var start = end - 1;
        while ((text[start] & 0xC0) == 0x80)
            start--;
        codePoint = Decode(text, start, out _);
        return start;
    }

    /// <summary>Bytes a code point takes; surrogates count as 3.</summary>
    public static int LengthOf(int codePoint) =>
        codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    public static void Append(List<byte> text, int codePoint)
    {
        var length = LengthOf(codePoint);
        if (length == 1)
        {
            text.Add((byte)codePoint);
            return;
        }
        text.Add((byte)((0xF00 >> length) | (codePoint >> (6 * (length - 1)))));
        for (var shift = 6 * (length - 2); shift >= 0; shift -= 6)
            text.Add((byte)(0x80 | ((codePoint >> shift) & 0x3F)));
    }
}

using System.Globalization;
using System.Text;

namespace Grpc.Core.Wire;

/// <summary>The encoding of <c>grpc-message</c>: UTF-8, percent-encoded outside 0x20 to 0x7E and for %.</summary>
internal static class PercentEncoding
{
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%', StringComparison.Ordinal))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            if (unit is >= 0x20 and <= 0x7E and not (byte)'%') encoded.Append((char)unit);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: what is not an escape stands for itself, what is not UTF-8 becomes U+FFFD.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        var units = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < units.Length; i++)
        {
            if (units[i] == '%' && TryUnescape(units.AsSpan(i + 1), out var unit))
            {
                units[length++] = unit;
                i += 2;
            }
            else
            {
                units[length++] = units[i];
            }
        }

        return Encoding.UTF8.GetString(units, 0, length);
    }

    private static bool TryUnescape(ReadOnlySpan<byte> units, out byte unit)
    {
        unit = 0;
        if (units.Length < 2 || !char.IsAsciiHexDigit((char)units[0]) || !char.IsAsciiHexDigit((char)units[1]))
            return false;
        return byte.TryParse(units[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit);
    }
}

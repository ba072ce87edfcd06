using System.Text;
using System.Text.Encodings.Web;

namespace FineWebTorch.Common;

/// <summary>
/// Writes JSON that a person can read in a terminal: letters of all languages, quotes and signs as they are, and what is not
/// plain, see <see cref="PlainText"/>, as an escape. To whoever reads it as JSON nothing is lost.
/// </summary>
public sealed class PlainJsonEncoder : JavaScriptEncoder
{
    private PlainJsonEncoder()
    {
    }

    public static PlainJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) =>
        UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar) || IsHidden(unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var rest = new ReadOnlySpan<char>(text, textLength);
        while (rest.Length > 0)
        {
            // Half of a character is for the other encoder to replace.
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done ||
                WillEncode(rune.Value))
                return textLength - rest.Length;
            rest = rest[length..];
        }

        return -1;
    }

    public override unsafe bool TryEncodeUnicodeScalar(
        int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (!IsHidden(unicodeScalar))
            return UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(
                unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        var output = new Span<char>(buffer, bufferLength);
        Span<char> units = stackalloc char[2];
        units = units[..new Rune(unicodeScalar).EncodeToUtf16(units)];
        numberOfCharactersWritten = 0;
        foreach (var unit in units)
        {
            if (!output[numberOfCharactersWritten..].TryWrite($"\\u{(int)unit:x4}", out var written))
                return false;
            numberOfCharactersWritten += written;
        }

        return true;
    }

    /// <summary>Control characters have escapes of their own, some of them short.</summary>
    private static bool IsHidden(int unicodeScalar) =>
        Rune.IsValid(unicodeScalar) && !Rune.IsControl(new Rune(unicodeScalar)) && !PlainText.IsPlain(new Rune(unicodeScalar));
}

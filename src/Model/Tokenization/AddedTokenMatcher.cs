using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Finds added tokens at a position of the text; of several that match there, the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly (byte[] Bytes, AddedToken Token)[] _longestFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens) => _longestFirst =
        [.. tokens.Select(token => (Encoding.UTF8.GetBytes(token.Content), token))
            .OrderByDescending(pair => pair.Item1.Length)];

    /// <summary>Whether a token begins with this byte.</summary>
    public bool MayBeginWith(byte first) => Array.Exists(_longestFirst, pair => pair.Bytes[0] == first);

    /// <returns>The token, or null where none begins at the position.</returns>
    /// <param name="length">Its bytes.</param>
    public AddedToken? Match(ReadOnlySpan<byte> text, int position, out int length)
    {
        foreach (var (bytes, token) in _longestFirst)
        {
            if (!IsAt(text, position, bytes))
                continue;
            length = bytes.Length;
            return token;
        }
        length = 0;
        return null;
    }

    /// <summary>Byte for byte, because what follows the first difference may not be read.</summary>
    private static bool IsAt(ReadOnlySpan<byte> text, int position, byte[] token)
    {
        if (text.Length - position < token.Length)
            return false;
        for (var i = 0; i < token.Length; i++)
        {
            if (text[position + i] != token[i])
                return false;
        }
        return true;
    }
}

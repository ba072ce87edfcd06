using System.Text;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Finds added tokens at a position of the text; of several that match there, the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly (byte[] Bytes, int Id)[] _longestFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens) => _longestFirst =
        [.. tokens.Select(token => (Encoding.UTF8.GetBytes(token.Content), token.Id))
            .OrderByDescending(token => token.Item1.Length)];

    /// <summary>Whether a token begins with this byte.</summary>
    public bool MayBeginWith(byte first) => Array.Exists(_longestFirst, token => token.Bytes[0] == first);

    /// <returns>The token's length in bytes, or 0.</returns>
    public int Match(ReadOnlySpan<byte> text, int position, out int id)
    {
        foreach (var token in _longestFirst)
        {
            if (!IsAt(text, position, token.Bytes))
                continue;
            id = token.Id;
            return token.Bytes.Length;
        }
        id = -1;
        return 0;
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

using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Where a token lies in its text, in bytes.</summary>
/// <param name="Continues">Whether it continues a word that the token before it began.</param>
internal readonly record struct TokenSpan(int Start, int End, bool Continues = false);

/// <summary>
/// Where the tokens of one text lie, gathered while it is read. As in Hugging Face's <c>tokenizers</c>, a token reaches
/// from the first to the last of the characters that it is made of: accents that are removed within it are part of it,
/// those behind its last character are not, and tokens that one character gives (Hangul) all lie where that lies.
/// </summary>
internal sealed class TokenOffsets(Vocabulary vocabulary)
{
    private readonly int _prefixLength = Encoding.UTF8.GetByteCount(vocabulary.ContinuationPrefix);
    private readonly List<TokenSpan> _tokens = [];
    private TokenSpan _character;
    private TokenSpan _word = None;

    /// <summary>Of each byte of the word being read: the character it came from.</summary>
    private TokenSpan[] _sources = new TokenSpan[256];

    /// <summary>Of the text's tokens, without special ones; there may be more than ids, where those found no room.</summary>
    public IReadOnlyList<TokenSpan> Tokens => _tokens;

    /// <summary>The hull of nothing.</summary>
    private static TokenSpan None => new(int.MaxValue, 0);

    /// <summary>The character that <see cref="Append"/> and <see cref="AddCharacter"/> speak of.</summary>
    public void BeginCharacter(int start, int length) => _character = new TokenSpan(start, start + length);

    /// <summary>The character is a token.</summary>
    public void AddCharacter() => _tokens.Add(_character);

    /// <summary>An added token stands in the text, with the white space that belongs to it.</summary>
    public void AddAdded(AddedToken token, ReadOnlySpan<byte> text, int start, int length)
    {
        var end = start + length;
        var floor = _tokens.Count == 0 ? 0 : _tokens[^1].End;
        while (token.StripLeft && start > floor)
        {
            var before = Utf8CodePoint.DecodeBefore(text, start, out var codePoint);
            if (!UnicodeTables.Instance.IsWhiteSpace(codePoint))
                break;
            start = before;
        }
        while (token.StripRight && end < text.Length)
        {
            if (!UnicodeTables.Instance.IsWhiteSpace(Utf8CodePoint.Decode(text, end, out var bytes)))
                break;
            end += bytes;
        }
        _tokens.Add(new TokenSpan(start, end));
    }

    /// <summary>The character gives bytes of the word, from <paramref name="from"/> on.</summary>
    public void Append(int from, int count)
    {
        Reserve(from + count);
        _sources.AsSpan(from, count).Fill(_character);
        Extend(_character);
    }

    /// <summary>
    /// Characters of one byte, from <paramref name="start"/> on, give the word's bytes from <paramref name="from"/> to
    /// <paramref name="to"/>; of a word too long there are fewer of those.
    /// </summary>
    public void AppendPlain(int start, int count, int from, int to)
    {
        Reserve(to);
        for (var i = from; i < to; i++)
            _sources[i] = new TokenSpan(start + i - from, start + i - from + 1);
        Extend(new TokenSpan(start, start + count));
    }

    /// <summary>The last bytes of the word move before others.</summary>
    public void Move(int from, int to, int count)
    {
        var moved = _sources.AsSpan(from, count).ToArray();
        _sources.AsSpan(to, from - to).CopyTo(_sources.AsSpan(to + count));
        moved.CopyTo(_sources.AsSpan(to));
    }

    /// <summary>The word has been read and gives these pieces, or the unknown token.</summary>
    public void AddWord(ReadOnlySpan<int> ids)
    {
        if (ids.Length == 1)
        {
            _tokens.Add(_word);
            return;
        }
        var from = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var to = from + Encoding.UTF8.GetByteCount(vocabulary.Tokens[ids[i]]) - (i > 0 ? _prefixLength : 0);
            var hull = None;
            foreach (var source in _sources.AsSpan(from, to - from))
                hull = HullOf(hull, source);
            _tokens.Add(hull with { Continues = i > 0 });
            from = to;
        }
    }

    public void EndWord() => _word = None;

    private void Extend(TokenSpan source) => _word = HullOf(_word, source);

    private static TokenSpan HullOf(TokenSpan a, TokenSpan b) => new(Math.Min(a.Start, b.Start), Math.Max(a.End, b.End));

    private void Reserve(int count)
    {
        if (count > _sources.Length)
            Array.Resize(ref _sources, Math.Max(count, 2 * _sources.Length));
    }
}

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
internal sealed class TokenOffsets
{
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
        var floor = _tokens.Count == 0 ? 0 : _tokens[^1].End;
        _tokens.Add(new TokenSpan(
            token.StripLeft ? Math.Max(floor, Neighbours.SpaceBefore(text, start)) : start,
            token.StripRight ? Neighbours.SpaceBehind(text, start + length) : start + length));
    }

    /// <summary>An added token stands in the text.</summary>
    public void AddAdded(int start, int end) => _tokens.Add(new TokenSpan(start, end));

    /// <summary>Tokens, from the given one on, lie where the characters lie that gave the bytes read.</summary>
    public void Translate(int first, ReadOnlySpan<TokenSpan> sources)
    {
        for (var i = first; i < _tokens.Count; i++)
        {
            var token = _tokens[i];
            _tokens[i] = HullOf(sources[token.Start..token.End]) with { Continues = token.Continues };
        }
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

    /// <summary>The word has been read and is one token.</summary>
    public void AddWord() => _tokens.Add(_word);

    /// <summary>The word has been read and gives pieces of these lengths, in its bytes.</summary>
    public void AddPieces(ReadOnlySpan<int> lengths)
    {
        var from = 0;
        foreach (var length in lengths)
        {
            _tokens.Add(HullOf(_sources.AsSpan(from, length)) with { Continues = from > 0 });
            from += length;
        }
    }

    public void EndWord() => _word = None;

    private void Extend(TokenSpan source) => _word = HullOf(_word, source);

    private static TokenSpan HullOf(ReadOnlySpan<TokenSpan> sources)
    {
        var hull = None;
        foreach (var source in sources)
            hull = HullOf(hull, source);
        return hull;
    }

    private static TokenSpan HullOf(TokenSpan a, TokenSpan b) => new(Math.Min(a.Start, b.Start), Math.Max(a.End, b.End));

    private void Reserve(int count)
    {
        if (count > _sources.Length)
            Array.Resize(ref _sources, Math.Max(count, 2 * _sources.Length));
    }
}

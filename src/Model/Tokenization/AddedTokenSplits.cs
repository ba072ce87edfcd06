using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>A stretch of a text.</summary>
/// <param name="Token">The added token that it is, or null for text between them.</param>
internal readonly record struct TextStretch(AddedToken? Token, int Start, int End);

/// <summary>Divides a text into added tokens and what stands between them, from left to right.</summary>
internal ref struct AddedTokenSplits(AddedTokenMatcher matcher, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Where tokens are looked for next.</summary>
    private int _at;

    /// <summary>Up to here the text has been divided.</summary>
    private int _start;

    /// <summary>Found, but what stands before it has to be given first.</summary>
    private TextStretch? _found;

    public TextStretch Current { get; private set; }

    public readonly AddedTokenSplits GetEnumerator() => this;

    public bool MoveNext()
    {
        if ((_found ?? Find()) is { } found)
        {
            var isNext = found.Start <= _start;
            Current = isNext ? found : new TextStretch(null, _start, found.Start);
            _found = isNext ? null : found;
            _start = Current.End;
            return true;
        }
        Current = new TextStretch(null, _start, _text.Length);
        _start = _text.Length;
        return Current.Start < Current.End;
    }

    private TextStretch? Find()
    {
        while (_at < _text.Length)
        {
            var next = _text[_at..].IndexOfAny(matcher.FirstBytes);
            _at = next < 0 ? _text.Length : _at + next;
            if (matcher.Match(_text, _at, out var length) is not { } token)
            {
                _at++;
                continue;
            }
            var (start, end) = (_at, _at + length);
            _at = end;
            // One that is part of a word does not count, and nothing else is looked for within it.
            if (token.SingleWord && !Neighbours.IsSingleWord(_text, start, end))
                continue;
            return new TextStretch(
                token,
                token.StripLeft ? Math.Max(_start, Neighbours.SpaceBefore(_text, start)) : start,
                token.StripRight ? Neighbours.SpaceBehind(_text, end) : end);
        }
        return null;
    }
}

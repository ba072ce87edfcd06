using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Words: how they are gathered, and split into pieces.</summary>
internal ref partial struct WordPieceReader
{
    /// <summary>
    /// Reads whole words of ASCII letters and digits, with the spaces and marks between them, a vector at a time. A
    /// byte gives at most one id, so where there is room for more ids than a vector has bytes all of them are needed.
    /// </summary>
    private void ReadPlainWords()
    {
        ref var text = ref MemoryMarshal.GetReference(_text);
        ref var kinds = ref MemoryMarshal.GetReference(_tables.Kinds);
        var lowercase = _tables.Lowercase ? Vector128.Create((byte)0x20) : default;
        var cache = _scratch.Cache;
        var at = _at;
        while (_text.Length - at >= Vector128<byte>.Count && _ids.Length - _count > Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref text, (nuint)at);
            var length = PlainLength(bytes, out var letters);
            if (length > WordCache.MaxWordLength)
                break;
            var next = Unsafe.Add(ref text, at + length);
            var kind = Unsafe.Add(ref kinds, next);
            if (kind is not (ByteKind.Space or ByteKind.Isolated))
                break;
            at += length + 1;
            if (length > 0)
            {
                var word = bytes | (letters & lowercase);
                var key = WordCache.KeyOf(word, length);
                var count = cache.TryGet(key, ref _ids[_count]);
                _count += count > 0 ? count : SplitPlainWord(word, length, key);
            }
            if (kind == ByteKind.Isolated)
                Emit(_tables.IsolatedIds[next]);
        }
        _at = at;
    }

    /// <summary>How many letters and digits a vector begins with: 0 to 16.</summary>
    /// <param name="letters">All bits set in each byte that is an ASCII letter.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlainLength(Vector128<byte> bytes, out Vector128<byte> letters)
    {
        letters = Vector128.LessThan(
            (bytes | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)26));
        var digits = Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10));
        return BitOperations.TrailingZeroCount(~(letters | digits).ExtractMostSignificantBits());
    }

    /// <summary>Splits a word of at most 15 bytes into <see cref="_ids"/>, where there is room for as many.</summary>
    private readonly int SplitPlainWord(Vector128<byte> bytes, int length, Vector128<ulong> key)
    {
        bytes.CopyTo(_word);
        var count = _tables.Trie.Split(_word[..length], _ids[_count..]);
        if (count <= WordCache.MaxPieces)
            _scratch.Cache.Set(key, _ids.Slice(_count, count));
        return count;
    }

    private void AppendPlain()
    {
        var kinds = _tables.Kinds;
        var lower = _tables.Lower;
        var length = _text.Length;
        var (at, from) = (_at, _wordLength);
        for (; at < length && kinds[_text[at]] == ByteKind.Word; at++)
        {
            if (_wordCodePoints < _tables.MaxWordLength)
            {
                _word[_wordLength++] = lower[_text[at]];
                _wordCodePoints++;
            }
            else if (!IsTooLong)
            {
                GiveUp();
                if (_full)
                    break;
            }
        }
        _offsets?.AppendPlain(_at, at - _at, from, _wordLength);
        _at = at;
    }

    private readonly bool IsTooLong => _wordCodePoints > _tables.MaxWordLength;

    /// <summary>The word became longer than any that is split: it is one unknown token, wherever it ends.</summary>
    private void GiveUp()
    {
        _wordCodePoints = int.MaxValue;
        // With offsets the token waits for the word's end, where its own is known.
        if (_offsets is null)
            Emit(_tables.Vocabulary.UnknownId);
    }

    private void Append(ReadOnlySpan<byte> bytes, int codePoints)
    {
        _offsets?.Append(_wordLength, bytes.Length);
        if (IsTooLong)
            return;
        if (codePoints > _tables.MaxWordLength - _wordCodePoints)
        {
            GiveUp();
            return;
        }
        bytes.CopyTo(_word[_wordLength..]);
        _wordLength += bytes.Length;
        _wordCodePoints += codePoints;
    }

    /// <summary>
    /// Puts a combining mark where canonical reordering puts it: behind the last that is not of a higher class, within
    /// the run of marks that the word ends with.
    /// </summary>
    private void Insert(ReadOnlySpan<byte> bytes, int combiningClass)
    {
        var end = _wordLength;
        Append(bytes, 1);
        if (IsTooLong)
            return;
        var place = end;
        while (place > _reorderFrom)
        {
            var before = Utf8CodePoint.DecodeBefore(_word, place, out var codePoint);
            if (UnicodeTables.Instance.CombiningClassOf(codePoint) <= combiningClass)
                break;
            place = before;
        }
        _word[place..end].CopyTo(_word[(place + bytes.Length)..]);
        bytes.CopyTo(_word[place..]);
        _offsets?.Move(end, place, bytes.Length);
    }

    /// <summary>Emits the word read, if any.</summary>
    private void EndWord()
    {
        if (_wordCodePoints > 0 && !IsTooLong)
            EmitWord(_word[.._wordLength]);
        else if (IsTooLong && _offsets is not null)
            EmitUnknown();
        _offsets?.EndWord();
        _wordLength = 0;
        _wordCodePoints = 0;
        _reorderFrom = 0;
    }

    private void EmitWord(ReadOnlySpan<byte> word)
    {
        var pieces = _scratch.Pieces;
        if (_offsets is not null)
        {
            EmitPlaced(word);
            return;
        }
        if (word.Length > WordCache.MaxWordLength)
        {
            EmitAll(pieces.AsSpan(0, _tables.Trie.Split(word, pieces)));
            return;
        }
        var key = WordCache.KeyOf(Vector128.Create<byte>(_word), word.Length);
        var count = _scratch.Cache.TryGet(key, ref pieces[0]);
        if (count == 0)
        {
            count = _tables.Trie.Split(word, pieces);
            if (count <= WordCache.MaxPieces)
                _scratch.Cache.Set(key, pieces.AsSpan(0, count));
        }
        EmitAll(pieces.AsSpan(0, count));
    }

    /// <summary>Emits the pieces of a word, and where they lie.</summary>
    private void EmitPlaced(ReadOnlySpan<byte> word)
    {
        var (pieces, lengths) = (_scratch.Pieces, new int[word.Length]);
        var count = _tables.Trie.Split(word, pieces, lengths);
        if (count == 1)
            _offsets!.AddWord();
        else
            _offsets!.AddPieces(lengths.AsSpan(0, count));
        EmitAll(pieces.AsSpan(0, count));
    }

    private void EmitUnknown()
    {
        _offsets?.AddWord();
        Emit(_tables.Vocabulary.UnknownId);
    }

    private void EmitAll(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
            Emit(id);
    }
}

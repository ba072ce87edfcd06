using System.Buffers;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// Encodes one text in a single pass: each character goes into the word being read or ends it, and each word that has
/// ended gives its ids. Stops with the last id there is room for, and has then read nothing behind what decides it.
/// </summary>
internal ref partial struct TextEncoder
{
    private readonly EncoderTables _tables;
    private readonly EncoderScratch _scratch;
    private readonly ReadOnlySpan<byte> _text;
    private int _at;

    private readonly Span<byte> _word;
    private int _wordLength;
    private int _wordCodePoints;

    /// <summary>Where in the word the run of combining marks may begin at the earliest.</summary>
    private int _reorderFrom;

    private Span<int> _ids;

    /// <summary>Ids in <see cref="_ids"/>.</summary>
    private int _count;

    /// <summary>There is no room for another id.</summary>
    private bool _full;

    private IBufferWriter<int>? _writer;
    private int _limit;

    /// <summary>Ids already handed to the writer.</summary>
    private int _written;

    public TextEncoder(EncoderTables tables, EncoderScratch scratch, ReadOnlySpan<byte> text)
    {
        _tables = tables;
        _scratch = scratch;
        _text = text;
        _word = scratch.Word;
    }

    /// <summary>Writes the first special token, the text's ids and the last special token.</summary>
    /// <param name="limit">Most ids in all; <paramref name="ids"/> is as long, or as long as any text needs.</param>
    public int Encode(Span<int> ids, int limit)
    {
        _ids = ids[..Math.Min(ids.Length, limit - 1)];
        Emit(_tables.FirstId);
        Run();
        ids[_count] = _tables.LastId;
        return _count + 1;
    }

    /// <inheritdoc cref="Encode(Span{int}, int)"/>
    public int Encode(IBufferWriter<int> writer, int limit)
    {
        _writer = writer;
        _limit = limit - 1;
        Refill();
        Emit(_tables.FirstId);
        Run();
        writer.Advance(_count);
        writer.GetSpan(1)[0] = _tables.LastId;
        writer.Advance(1);
        return _written + _count + 1;
    }

    private void Run()
    {
        while (!_full && _at < _text.Length)
        {
            if (_tables.HasPlainWords && _wordCodePoints == 0)
                ReadPlainWords();
            if (!_full && _at < _text.Length)
                Step();
        }
        EndWord();
    }

    /// <summary>Takes one character, or as many as are simple.</summary>
    private void Step()
    {
        var first = _text[_at];
        switch (_tables.Kinds[first])
        {
            case ByteKind.Word:
                AppendPlain();
                break;
            case ByteKind.Space:
                _at++;
                EndWord();
                break;
            case ByteKind.Single:
                _at++;
                EndWord();
                Emit(_tables.Singles[first]);
                break;
            case ByteKind.MayBeAdded:
                StepOverAdded(first);
                break;
            default:
                StepOverCharacter();
                break;
        }
    }

    /// <summary>Takes an added token, or the character where one might have begun.</summary>
    private void StepOverAdded(byte first)
    {
        // A mark ends the word in either case, and where that gives the last id the token is not looked at.
        if (first < 0x80 && _tables.Characters[first].Kind is CharacterKind.Single or CharacterKind.Space)
            EndWord();
        if (_full)
            return;
        var length = _tables.AddedTokens.Match(_text, _at, out var id);
        if (length == 0)
        {
            StepOverCharacter();
            return;
        }
        _at += length;
        EndWord();
        Emit(id);
    }

    private void StepOverCharacter()
    {
        var codePoint = Utf8.Decode(_text, _at, out var length);
        var bytes = _text.Slice(_at, length);
        _at += length;
        Take(_tables.Characters[codePoint], bytes);
    }

    private void Take(Character character, ReadOnlySpan<byte> bytes)
    {
        switch (character.Kind)
        {
            case CharacterKind.Same:
                Append(bytes, 1);
                break;
            case CharacterKind.Mapped:
                Append(PayloadOf(character), character.CodePoints);
                break;
            case CharacterKind.Space:
                EndWord();
                break;
            case CharacterKind.Single:
                EndWord();
                Emit(_tables.SplitSingle(bytes));
                break;
            case CharacterKind.MappedSingle:
                EndWord();
                Emit(_tables.SplitSingle(PayloadOf(character)));
                break;
            case CharacterKind.Complex:
                TakeParts(_tables.Characters.Payload[character.Offset..]);
                break;
        }
    }

    private void TakeParts(ReadOnlySpan<byte> parts)
    {
        var count = parts[0];
        parts = parts[1..];
        for (; count > 0; count--)
        {
            var (kind, combiningClass, length) = ((CharacterKind)parts[0], parts[1], parts[2]);
            var bytes = parts.Slice(3, length);
            parts = parts[(3 + length)..];
            if (kind == CharacterKind.Dropped)
                _reorderFrom = _wordLength;
            else if (combiningClass != 0)
                Insert(bytes, combiningClass);
            else
                Take(new Character(kind), bytes);
        }
    }

    private readonly ReadOnlySpan<byte> PayloadOf(Character character) =>
        _tables.Characters.Payload.Slice(character.Offset, character.Length);
}

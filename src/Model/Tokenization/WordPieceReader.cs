using System.Buffers;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// Reads one text in a single pass: each character goes into the word being read or ends it, and each word that has
/// ended gives its ids. Stops with the last id there is room for, and has then read nothing behind what decides it.
/// </summary>
/// <param name="tables">What characters and words become.</param>
/// <param name="scratch">The calling thread's working memory.</param>
/// <param name="text">UTF-8; invalid sequences are read as U+FFFD.</param>
/// <param name="offsets">
/// Gathers where the tokens lie, or null. Costs the fast way through plain words, and reading to the end of the word
/// that gives the last id.
/// </param>
internal ref partial struct WordPieceReader(
    WordPieceTables tables, ReaderScratch scratch, ReadOnlySpan<byte> text, TokenOffsets? offsets = null)
{
    private const int ChunkLength = 4096;

    private readonly WordPieceTables _tables = tables;
    private readonly ReaderScratch _scratch = scratch;
    private ReadOnlySpan<byte> _text = text;
    private readonly TokenOffsets? _offsets = offsets;
    private int _at;

    /// <summary>Up to here a token was found that does not count: the reference goes on behind it.</summary>
    private int _unmatchable;

    /// <summary>The word being read, normalised.</summary>
    private readonly Span<byte> _word = scratch.Word;
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

    /// <summary>Where only the last ids are wanted, how many of them are kept at least; else -1.</summary>
    private int _kept = -1;

    /// <summary>Ids already handed to the writer.</summary>
    private int _written;

    /// <summary>There is no room for another id.</summary>
    public readonly bool IsFull => _full;

    /// <summary>How much of the text has been read.</summary>
    public readonly int Position => _at;

    /// <summary>Writes [CLS], the text's ids and [SEP].</summary>
    /// <param name="limit">Most ids in all; <paramref name="ids"/> is as long, or as long as any text needs.</param>
    /// <returns>How many ids were written.</returns>
    public int Read(Span<int> ids, int limit)
    {
        Begin(ids, limit);
        Run();
        return End(ids);
    }

    /// <summary>As <see cref="Read(Span{int}, int)"/>, but of the text's ids the last ones.</summary>
    public int ReadEnd(Span<int> ids, int limit)
    {
        BeginEnd(limit);
        Run();
        return End(ids);
    }

    /// <summary>Takes the first ids of texts that <see cref="ReadPart"/> reads, [CLS] before them.</summary>
    public void Begin(Span<int> ids, int limit)
    {
        _ids = ids[..Math.Min(ids.Length, limit - 1)];
        (_count, _full) = (0, false);
        Emit(_tables.Vocabulary.ClsId);
    }

    /// <summary>Takes the last ids of texts that <see cref="ReadPart"/> reads.</summary>
    public void BeginEnd(int limit)
    {
        _kept = limit - 2;
        _ids = _scratch.ReserveTail((2 * _kept) + ChunkLength);
    }

    /// <summary>Reads a part of a text, which is no part of a word.</summary>
    public void ReadPart(ReadOnlySpan<byte> text, int from)
    {
        _text = text;
        _at = from;
        Run();
    }

    /// <summary>Takes an added token between two parts.</summary>
    public void Add(AddedToken token) => Emit(token.Id);

    /// <summary>Writes what is missing of [CLS], the ids and [SEP].</summary>
    /// <returns>How many ids there are.</returns>
    public readonly int End(Span<int> ids)
    {
        var count = _count;
        if (_kept >= 0)
        {
            var last = _ids[Math.Max(0, _count - _kept).._count];
            last.CopyTo(ids[1..]);
            ids[0] = _tables.Vocabulary.ClsId;
            count = last.Length + 1;
        }
        ids[count] = _tables.Vocabulary.SepId;
        return count + 1;
    }

    /// <inheritdoc cref="Read(Span{int}, int)"/>
    public int Read(IBufferWriter<int> writer, int limit)
    {
        _writer = writer;
        _limit = limit - 1;
        Refill();
        Emit(_tables.Vocabulary.ClsId);
        Run();
        writer.Advance(_count);
        writer.GetSpan(1)[0] = _tables.Vocabulary.SepId;
        writer.Advance(1);
        return _written + _count + 1;
    }

    private void Run()
    {
        var plainWords = _tables.HasPlainWords && _offsets is null;
        while (!_full && _at < _text.Length)
        {
            if (plainWords && _wordCodePoints == 0)
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
            case ByteKind.Isolated:
                _offsets?.BeginCharacter(_at, 1);
                _at++;
                EmitIsolated(_tables.IsolatedIds[first]);
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
        if (first < 0x80 && _tables.Characters[first].Kind is CharacterKind.Isolated or CharacterKind.Space)
            EndWord();
        if (_full)
            return;
        if (_at < _unmatchable || _tables.AddedTokens.Match(_text, _at, out var length) is not { } token)
        {
            StepOverCharacter();
            return;
        }
        if (token.SingleWord && !Neighbours.IsSingleWord(_text, _at, _at + length))
        {
            _unmatchable = _at + length;
            StepOverCharacter();
            return;
        }
        EndWord();
        _offsets?.AddAdded(token, _text, _at, length);
        _at += length;
        Emit(token.Id);
    }

    private void StepOverCharacter()
    {
        var codePoint = Utf8CodePoint.Decode(_text, _at, out var length);
        var bytes = _text.Slice(_at, length);
        _offsets?.BeginCharacter(_at, length);
        _at += length;
        Take(_tables.Characters[codePoint], bytes);
    }

    private void Take(NormalizedCharacter character, ReadOnlySpan<byte> bytes)
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
            case CharacterKind.Isolated:
                EmitIsolated(_tables.IdOfIsolated(bytes));
                break;
            case CharacterKind.MappedIsolated:
                EmitIsolated(_tables.IdOfIsolated(PayloadOf(character)));
                break;
            case CharacterKind.Complex:
                TakeParts(new CharacterParts(_tables.Characters.Payload[character.Offset..]));
                break;
        }
    }

    private void TakeParts(CharacterParts parts)
    {
        while (parts.Next())
        {
            if (parts.Kind == CharacterKind.Dropped)
                _reorderFrom = _wordLength;
            else if (parts.CombiningClass != 0)
                Insert(parts.Bytes, parts.CombiningClass);
            else
                Take(new NormalizedCharacter(parts.Kind), parts.Bytes);
        }
    }

    private readonly ReadOnlySpan<byte> PayloadOf(NormalizedCharacter character) =>
        _tables.Characters.Payload.Slice(character.Offset, character.Length);

    private void EmitIsolated(int id)
    {
        EndWord();
        _offsets?.AddCharacter();
        Emit(id);
    }

    /// <summary>Writes an id, or nothing where there is no room.</summary>
    private void Emit(int id)
    {
        if (_full)
            return;
        _ids[_count++] = id;
        if (_count == _ids.Length)
            Refill();
    }

    private void Refill()
    {
        if (_kept >= 0)
        {
            _ids[(_count - _kept).._count].CopyTo(_ids);
            _count = _kept;
            return;
        }
        if (_writer is null || _written + _count == _limit)
        {
            _full = true;
            return;
        }
        if (_count > 0)
            _writer.Advance(_count);
        _written += _count;
        _count = 0;
        var chunk = _writer.GetSpan(ChunkLength);
        _ids = chunk[..Math.Min(chunk.Length, _limit - _written)];
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Takes text and id out of one JSON object. As elsewhere, the last of several equal keys counts. Python's NaN,
/// Infinity and -Infinity are taken for null.
/// </summary>
/// <param name="name">The input's name in messages.</param>
internal sealed class JsonLineParser(string name, RecordColumns columns)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private bool _knowsId = !columns.RequiresId;

    /// <param name="texts">The text is appended here, as UTF-8.</param>
    /// <exception cref="BadRecordException">The line is no JSON object with a text; the message names it.</exception>
    /// <exception cref="InvalidDataException">
    /// The file's lines have no such id, or have columns of the names that are to be added.
    /// </exception>
    public DocumentRecord Parse(ReadOnlySpan<byte> line, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        try
        {
            return ParseObject(line, line, lineNumber, texts);
        }
        catch (JsonException invalid)
        {
            if (PythonNumbers.WithNulls(line) is not { } strict)
                throw NotJson(lineNumber, invalid.BytePositionInLine, invalid);
            return ParseWithNulls(line, strict, lineNumber, texts);
        }
    }

    private DocumentRecord ParseWithNulls(
        ReadOnlySpan<byte> line, PythonNumbers strict, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        try
        {
            return ParseObject(strict.Line, line, lineNumber, texts);
        }
        catch (JsonException invalid)
        {
            throw NotJson(lineNumber, strict.OriginalPosition(invalid.BytePositionInLine), invalid);
        }
    }

    /// <param name="line">JSON.</param>
    /// <param name="original">As it stands in the file.</param>
    private DocumentRecord ParseObject(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> original, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        var reader = new Utf8JsonReader(line, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad(lineNumber, "is not a JSON object");
        DocumentRecord? text = null;
        DocumentId? id = null;
        string? existing = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = Is(ref reader, columns.TextColumn);
            var isId = columns.IdColumn is { } idColumn && Is(ref reader, idColumn);
            existing ??= ExistingScore(ref reader);
            reader.Read();
            if (isText)
                text = ReadText(ref reader, lineNumber, texts);
            if (isId)
                (id, _knowsId) = (ReadId(ref reader), true);
            reader.Skip();
        }

        // Reads what may follow the object, which must be nothing.
        reader.Read();
        if (text is not { } document)
            throw Bad(lineNumber, $"has no \"{columns.TextColumn}\"; name another with --text-column");
        RefuseFile(lineNumber, existing);
        return document with { Id = id, Original = columns.Added is null ? null : original.ToArray() };
    }

    private void RefuseFile(long lineNumber, string? existing)
    {
        if (!_knowsId)
            throw new InvalidDataException(
                $"{name}: line {lineNumber} has no \"{columns.IdColumn}\"; name another with --id-column");
        if (existing is not null)
            throw new InvalidDataException(
                $"{name}: line {lineNumber} has a \"{existing}\" already; " +
                "give the new ones other names with --score-column and --int-score-column");
    }

    private string? ExistingScore(ref Utf8JsonReader reader)
    {
        if (columns.Added is not { } added)
            return null;
        return Is(ref reader, added.Score) ? added.Score : Is(ref reader, added.IntScore) ? added.IntScore : null;
    }

    private static bool Is(ref Utf8JsonReader reader, string key)
    {
        try
        {
            return reader.ValueTextEquals(key);
        }
        catch (InvalidOperationException)
        {
            // A key with a lone surrogate is none that anybody has named.
            return false;
        }
    }

    private DocumentRecord ReadText(ref Utf8JsonReader reader, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        var start = texts.WrittenCount;
        if (reader.TokenType == JsonTokenType.Null)
            return new DocumentRecord(start, 0, UnscorableReason.NullText, null);
        if (reader.TokenType != JsonTokenType.String)
            throw Bad(lineNumber, $"has a \"{columns.TextColumn}\" that is not a string");
        try
        {
            var length = reader.CopyString(texts.GetSpan(Math.Max(1, reader.ValueSpan.Length)));
            texts.Advance(length);
            return new DocumentRecord(start, length, UnscorableReason.None, null);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, or bytes that are not UTF-8
            return new DocumentRecord(start, 0, UnscorableReason.InvalidUnicode, null);
        }
    }

    private static DocumentId? ReadId(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => new DocumentId(Encoding.UTF8.GetString(reader.ValueSpan), IsNumber: true),
        JsonTokenType.String => new DocumentId(IdText(ref reader)),
        _ => null,
    };

    private static string IdText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private BadRecordException NotJson(long lineNumber, long? position, JsonException inner) =>
        Bad(lineNumber, $"is not valid JSON (byte {position + 1})", inner);

    private BadRecordException Bad(long lineNumber, string problem, Exception? inner = null) =>
        new($"{name}: line {lineNumber} {problem}", inner);
}

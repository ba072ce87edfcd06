using System.Buffers;
using System.Text;
using System.Text.Json;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>Takes text and id out of one JSON object. As elsewhere, the last of several equal keys counts.</summary>
/// <param name="name">The input's name in messages.</param>
/// <param name="idColumn">Null for inputs whose ids are of no interest.</param>
internal sealed class JsonLineParser(string name, string textColumn, string? idColumn)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    /// <param name="texts">The text is appended here, as UTF-8.</param>
    /// <exception cref="InvalidDataException">The line is no JSON object with a text; the message names it.</exception>
    public JsonDocumentEntry Parse(ReadOnlySpan<byte> line, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        try
        {
            return ParseObject(line, lineNumber, texts);
        }
        catch (JsonException invalid)
        {
            throw Fault(lineNumber, $"is not valid JSON (byte {invalid.BytePositionInLine + 1})", invalid);
        }
    }

    private JsonDocumentEntry ParseObject(ReadOnlySpan<byte> line, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        var reader = new Utf8JsonReader(line, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fault(lineNumber, "is not a JSON object");
        JsonDocumentEntry? text = null;
        DocumentId? id = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals(textColumn);
            var isId = idColumn is not null && reader.ValueTextEquals(idColumn);
            reader.Read();
            if (isText)
                text = ReadText(ref reader, lineNumber, texts);
            if (isId)
                id = ReadId(ref reader);
            reader.Skip();
        }

        // Reads what may follow the object, which must be nothing.
        reader.Read();
        return (text ?? throw Fault(lineNumber, $"has no \"{textColumn}\"; name another with --text-column")) with
        {
            Id = id,
        };
    }

    private JsonDocumentEntry ReadText(ref Utf8JsonReader reader, long lineNumber, ArrayBufferWriter<byte> texts)
    {
        var start = texts.WrittenCount;
        if (reader.TokenType == JsonTokenType.Null)
            return new JsonDocumentEntry(start, 0, UnscorableReason.NullText, null);
        if (reader.TokenType != JsonTokenType.String)
            throw Fault(lineNumber, $"has a \"{textColumn}\" that is not a string");
        try
        {
            var length = reader.CopyString(texts.GetSpan(Math.Max(1, reader.ValueSpan.Length)));
            texts.Advance(length);
            return new JsonDocumentEntry(start, length, UnscorableReason.None, null);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, or bytes that are not UTF-8
            return new JsonDocumentEntry(start, 0, UnscorableReason.InvalidUnicode, null);
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

    private InvalidDataException Fault(long lineNumber, string problem, Exception? inner = null) =>
        new($"{name}: line {lineNumber} {problem}", inner);
}

/// <summary>A document from a JSON line.</summary>
/// <param name="Start">Where its text begins in the chunk's bytes.</param>
/// <param name="Length">UTF-8 bytes of the text.</param>
internal readonly record struct JsonDocumentEntry(int Start, int Length, UnscorableReason Fault, DocumentId? Id);

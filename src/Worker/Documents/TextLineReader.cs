using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Documents;

/// <summary>Lines each of which is a document, empty ones too: row N is line N + 1.</summary>
/// <param name="name">The input's name in messages.</param>
/// <param name="columns">A record is kept as a JSON object with the text alone.</param>
internal sealed class TextLineReader(Stream stream, string name, RecordColumns columns) : IRecordReader
{
    private readonly LineReader _lines = new(stream, name);

    public bool IsReady() => _lines.IsReady();

    public bool TryRead(ArrayBufferWriter<byte> texts, out DocumentRecord record)
    {
        record = default;
        if (!_lines.TryRead(out var line))
            return false;
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        record = PlainText.Append(line, columns, texts);
        return true;
    }

    public void Dispose() => _lines.Dispose();
}

/// <summary>One document that was typed.</summary>
internal sealed class TypedTextReader(string text, RecordColumns columns) : IRecordReader
{
    private bool _isRead;

    public bool IsReady() => true;

    public bool TryRead(ArrayBufferWriter<byte> texts, out DocumentRecord record)
    {
        record = default;
        if (_isRead)
            return false;
        _isRead = true;
        record = PlainText.Append(System.Text.Encoding.UTF8.GetBytes(text), columns, texts);
        return true;
    }

    public void Dispose()
    {
    }
}

/// <summary>Documents that are nothing but text.</summary>
internal static class PlainText
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static DocumentRecord Append(ReadOnlySpan<byte> text, RecordColumns columns, ArrayBufferWriter<byte> texts)
    {
        var start = texts.WrittenCount;
        var isUtf8 = Utf8.IsValid(text);
        if (isUtf8)
            texts.Write(text);
        return new DocumentRecord(
            start, isUtf8 ? text.Length : 0, isUtf8 ? UnscorableReason.None : UnscorableReason.InvalidUnicode, null,
            columns.Added is null ? null : AsJson(isUtf8 ? text : default, columns.TextColumn, isUtf8));
    }

    private static byte[] AsJson(ReadOnlySpan<byte> text, string column, bool isUtf8)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Options))
        {
            writer.WriteStartObject();
            if (isUtf8)
                writer.WriteString(column, text);
            else
                writer.WriteNull(column);
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }
}

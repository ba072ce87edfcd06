using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FineWebTorch.Worker.Output;

/// <summary>One JSON object a line; floats in the shortest form that reads back the same.</summary>
internal sealed class JsonLinesScoreWriter : IScoreWriter
{
    private const int FlushBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes + 1024);
    private readonly Utf8JsonWriter _json;

    public JsonLinesScoreWriter(Stream stream)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(
            _buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public void Write(in ScoredDocument document)
    {
        _json.Reset();
        _json.WriteStartObject();
        if (document.File is { } file)
            _json.WriteString("file"u8, file);
        _json.WriteNumber("row"u8, document.Row);
        WriteId(document);
        if (document.IntScore is { } intScore)
        {
            _json.WriteNumber("score"u8, document.Score);
            _json.WriteNumber("int_score"u8, intScore);
        }
        else
        {
            _json.WriteNull("score"u8);
            _json.WriteNull("int_score"u8);
        }

        _json.WriteNumber("tokens"u8, document.Tokens);
        if (Reasons.Name(document.Reason) is { } reason)
            _json.WriteString("reason"u8, reason);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushBytes)
            Flush();
    }

    public void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
        _stream.Flush();
    }

    public void Complete() => Flush();

    public void Dispose() => _json.Dispose();

    private void WriteId(in ScoredDocument document)
    {
        if (document.Document.Id is not { } id)
            return;
        _json.WritePropertyName("id"u8);
        if (id.IsNumber)
            _json.WriteRawValue(id.Text, skipInputValidation: true);
        else
            _json.WriteStringValue(id.Text);
    }
}

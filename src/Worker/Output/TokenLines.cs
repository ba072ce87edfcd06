using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Output;

/// <summary>Writes each document's token ids, or tokens, as a JSON line.</summary>
internal sealed class TokenLines(WordPieceTokenizer tokenizer, Stream output, bool asTokens)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _chunk = new();

    /// <summary>The documents of a source's current chunk.</summary>
    public void Write(IDocumentSource source, CancellationToken cancellation)
    {
        var lines = new ReadOnlyMemory<byte>[source.Count];
        var parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, lines.Length, parallel, i => lines[i] = Line(source, i));
        _chunk.ResetWrittenCount();
        foreach (var line in lines)
            _chunk.Write(line.Span);
        output.Write(_chunk.WrittenSpan);
        output.Flush();
    }

    private ReadOnlyMemory<byte> Line(IDocumentSource source, int index)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            if (source.FaultOf(index) is not UnscorableReason.None and var fault)
            {
                json.WriteNull(asTokens ? "tokens" : "ids");
                json.WriteString("reason", Reasons.Name(fault));
            }
            else
                WriteIds(json, source.Text(index));
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenMemory;
    }

    private void WriteIds(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, ids);
        json.WriteStartArray(asTokens ? "tokens" : "ids");
        foreach (var id in ids.WrittenSpan)
        {
            if (asTokens)
                json.WriteStringValue(tokenizer.TokenOf(id));
            else
                json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }
}

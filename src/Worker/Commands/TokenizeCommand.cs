using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker tokenize</c>: what the model sees of each text.</summary>
internal static class TokenizeCommand
{
    private static readonly Argument<string> Input = new("INPUT")
    {
        Description = "JSON lines (.jsonl, .jsonl.gz), or - for standard input",
    };

    private static readonly Option<string?> Model = CommonOptions.Model();
    private static readonly Option<string> TextColumn = CommonOptions.TextColumn();

    private static readonly Option<string> MaxLength = new("--max-length")
    {
        Description = "Most ids of a text, [CLS] and [SEP] among them, or none for no limit",
        HelpName = "N|none",
        DefaultValueFactory = _ => "512",
    };

    private static readonly Option<string> Format = new("--format")
    {
        Description = "ids or tokens",
        DefaultValueFactory = _ => "ids",
    };

    public static Command Create()
    {
        CommonOptions.OneOf(Format, "ids", "tokens");
        var command = new Command("tokenize", "Show the token ids that the model sees, one JSON line a text")
        {
            Input, Model, MaxLength, Format, TextColumn,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => RunAsync(parsed, cancellation), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var maxLength = ParseMaxLength(parsed.GetValue(MaxLength)!);
        using var hub = new HubConnection();
        var model = await hub.FindModelAsync(
            parsed.GetValue(Model) ?? ModelLocator.DefaultModel, ModelFolder.CheckTokenizer, cancellation);
        var tokenizer = WordPieceTokenizer.Load(model.Folder, maxLength);
        var input = parsed.GetValue(Input)!;
        using var source = new JsonLinesSource(
            InputStreams.Open(input), InputStreams.NameOf(input), parsed.GetValue(TextColumn)!);
        using var output = StandardOutput.Open();
        var writer = new TokenLines(tokenizer, output, asTokens: parsed.GetValue(Format) == "tokens");
        try
        {
            while (source.Read(cancellation))
                writer.Write(source, cancellation);
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return ExitCode.Success;
    }

    private static int ParseMaxLength(string text)
    {
        if (text == "none")
            return int.MaxValue;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length >= 2
            ? length
            : throw new UserErrorException(
                $"--max-length {text}: must be a number from 2 ([CLS] and [SEP] count) or none", ExitCode.Usage);
    }
}

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

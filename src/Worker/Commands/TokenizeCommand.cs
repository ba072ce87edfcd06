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
    private static OptionTable<TokenizeRequest> Options => new()
    {
        {
            new Argument<string>("INPUT")
            {
                Description = "JSON lines (.jsonl, .jsonl.gz), or - for standard input",
            },
            (request, input) => request.Input = input
        },
        { CommonOptions.Model(), (request, model) => request.Model = model ?? request.Model },
        {
            new Option<string>("--max-length")
            {
                Description = "Most ids of a text, [CLS] and [SEP] among them, or none for no limit",
                HelpName = "N|none",
                DefaultValueFactory = _ => "512",
            },
            (request, length) => request.MaxLength = ParseMaxLength(length)
        },
        {
            CommonOptions.OneOf("--format", "ids or tokens", "ids", "tokens"),
            (request, format) => request.AsTokens = format == "tokens"
        },
        { CommonOptions.TextColumn(), (request, name) => request.TextColumn = name },
    };

    public static Command Create() => Options.Complete(
        new Command("tokenize", "Show the token ids that the model sees, one JSON line a text"),
        (request, cancellation) => Task.Run(() => RunAsync(request, cancellation), cancellation));

    private static async Task<int> RunAsync(TokenizeRequest request, CancellationToken cancellation)
    {
        using var hub = new HubConnection();
        var model = await hub.FindModelAsync(request.Model, ModelFolder.CheckTokenizer, cancellation);
        var tokenizer = WordPieceTokenizer.Load(model.Folder, request.MaxLength);
        using var source = new JsonLinesSource(
            InputStreams.Open(request.Input), InputStreams.NameOf(request.Input), request.TextColumn);
        using var output = StandardOutput.Open();
        var writer = new TokenLines(tokenizer, output, request.AsTokens);
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

    private sealed class TokenizeRequest
    {
        public string Input { get; set; } = "";

        public string Model { get; set; } = ModelLocator.DefaultModel;

        public int MaxLength { get; set; }

        public bool AsTokens { get; set; }

        public string TextColumn { get; set; } = "";
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

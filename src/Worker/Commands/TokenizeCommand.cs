using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker tokenize</c>: what the model sees of each text.</summary>
internal static class TokenizeCommand
{
    private static IReadOnlyList<Setting<TokenizeRequest>> Settings { get; } =
    [
        .. InputOptions.Settings.Select(setting => setting.Within<TokenizeRequest>(
            request => request.Input, (request, input) => request with { Input = input })),
        CommonOptions.Model<TokenizeRequest>((request, model) => request with { Model = model }),
        new("--max-length", "N|none",
            "Most ids of a text, [CLS] and [SEP] among them; none: no limit (default: as many as the model takes)",
            null,
            (request, text) => request with { MaxLength = ParseMaxLength(text) })
        {
            Group = OptionGroup.Model,
            Words = ["none", "512"],
        },
        Setting.OneOf<TokenizeRequest>("--format", "NAME", "ids or tokens", ["ids", "tokens"],
            (request, text) => request with { AsTokens = text == "tokens" }) with
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create() =>
        new CommandTable<TokenizeRequest>(
            Settings,
            (request, context, cancellation) => Task.Run(() => RunAsync(request, context, cancellation), cancellation))
        {
            Examples =
            [
                "worker tokenize documents.jsonl --format tokens",
                "worker tokenize --text 'Photosynthesis in plants' --format tokens",
            ],
            Finish = (request, _, violations) =>
            {
                request.Input.Check(violations);
                return request;
            },
        }.Complete(new Command("tokenize", "Show the token ids that the model sees, one JSON line a text"));

    private static async Task<int> RunAsync(
        TokenizeRequest request, CommandContext context, CancellationToken cancellation)
    {
        using var set = InputSet.Find(request.Input with { Notices = context.Notices });
        OutputGuard.Check(set, output: null);
        set.OpenLocal();
        using var log = WorkerLog.Open(new LogOptions(), context.Quiet, context.Verbose);
        using var hub = new HubConnection(log);
        var model = await hub.FindModelAsync(request.Model, ModelFolder.CheckTokenizer, cancellation);
        var tokenizer = WordPieceTokenizer.Load(model.Folder, request.MaxLength);
        using var output = StandardOutput.Open();
        var writer = new TokenLines(tokenizer, output, request.AsTokens);
        try
        {
            foreach (var input in await set.OpenAsync(() => hub.Access, cancellation))
                Write(input, request.Input.Rows ?? long.MaxValue, writer, cancellation);
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return ExitCode.Success;
    }

    private static void Write(ScoreInput input, long rows, TokenLines writer, CancellationToken cancellation)
    {
        using var source = input.OpenAt(0);
        while (rows > 0 && source.Read(cancellation))
        {
            var count = (int)Math.Min(rows, source.Count);
            writer.Write(source, count, cancellation);
            rows -= count;
        }
    }

    private static int ParseMaxLength(string text) =>
        text == "none" ? int.MaxValue
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length >= 2 ? length
        : throw new FormatException("give a whole number of 2 ([CLS] and [SEP] count) or more, or none");

    private sealed record TokenizeRequest
    {
        public InputOptions Input { get; init; } = new();

        public string Model { get; init; } = ModelLocator.DefaultModel;

        /// <summary>Null: as many as the model takes.</summary>
        public int? MaxLength { get; init; }

        public bool AsTokens { get; init; }
    }
}

/// <summary>Writes each document's token ids, or tokens, as a JSON line.</summary>
internal sealed class TokenLines(WordPieceTokenizer tokenizer, Stream output, bool asTokens)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _chunk = new();

    /// <summary>The first documents of a source's current chunk.</summary>
    public void Write(IDocumentSource source, int count, CancellationToken cancellation)
    {
        var lines = new ReadOnlyMemory<byte>[count];
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

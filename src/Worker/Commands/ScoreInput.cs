using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Commands;

/// <summary>The input of <c>worker score</c>.</summary>
/// <param name="Rows">Null where only reading it to its end would tell.</param>
internal sealed record ScoreInput(long? Rows, Func<long, IDocumentSource> OpenAt) : IDisposable
{
    private const string DefaultIdColumn = "id";

    private static readonly string[] JsonLinesEndings = [".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"];

    /// <summary>Disposed of with the input.</summary>
    public IDisposable? Owned { get; init; }

    /// <summary>Of a local file, or of one on the Hub, which is fetched.</summary>
    public static async Task<ScoreInput> OpenAsync(
        ScoreRequest request, HubConnection hub, CancellationToken cancellation) =>
        HubPath.LooksLikeOne(request.Input, HubEnvironment.Process.Endpoint)
            ? await HubScoreInput.OpenAsync(request, hub.Access, cancellation)
            : Open(request);

    public static ScoreInput Open(ScoreRequest request)
    {
        CheckKind(request.Input);
        return IsParquet(request.Input) ? OpenParquet(request, null) : OpenJsonLines(request);
    }

    /// <param name="endRow">Rows that are there to be read; null for all.</param>
    public static ScoreInput OpenParquet(ScoreRequest request, long? endRow)
    {
        var file = ParquetFile.Inspect(request.Input);
        var id = IdColumnOf(file, request);
        var end = Math.Min(endRow ?? file.Rows, file.Rows);
        // Opens the columns once before the model is loaded, so that a wrong name is told at once.
        using var probe = TextColumnReader.Open(request.Input, request.TextColumn, end, id, end);
        return new ScoreInput(
            end, row => ParquetDocumentSource.Open(request.Input, request.TextColumn, row, id, end));
    }

    /// <exception cref="UserErrorException">It is not one of the kinds that can be read.</exception>
    public static void CheckKind(string input)
    {
        if (!IsParquet(input) && input != InputStreams.StandardInput && !IsJsonLines(input))
            throw new UserErrorException(
                $"{input}: give a .parquet, .jsonl or .jsonl.gz file, or - for JSON lines on standard input",
                ExitCode.Usage);
    }

    public static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    public static string? IdColumnOf(ParquetFileInfo file, ScoreRequest request) =>
        request.IdColumn ?? (file.Find(DefaultIdColumn) is not null ? DefaultIdColumn : null);

    public void Dispose() => Owned?.Dispose();

    private static ScoreInput OpenJsonLines(ScoreRequest request)
    {
        var stream = InputStreams.Open(request.Input);
        // Read once, from the beginning: a pipe cannot be opened again.
        return new ScoreInput(null, _ => new JsonLinesSource(
            stream, InputStreams.NameOf(request.Input), request.TextColumn, request.IdColumn ?? DefaultIdColumn));
    }

    private static bool IsJsonLines(string path) =>
        JsonLinesEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}

using FineWebTorch.Cli;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Commands;

/// <summary>The input of <c>worker score</c>.</summary>
/// <param name="Rows">Null where only reading it to its end would tell.</param>
internal sealed record ScoreInput(long? Rows, Func<long, IDocumentSource> OpenAt)
{
    private const string DefaultIdColumn = "id";

    private static readonly string[] JsonLinesEndings = [".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"];

    public static ScoreInput Open(ScoreRequest request)
    {
        if (request.Input.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            return OpenParquet(request);
        if (request.Input == InputStreams.StandardInput || IsJsonLines(request.Input))
            return OpenJsonLines(request);
        throw new UserErrorException(
            $"{request.Input}: give a .parquet, .jsonl or .jsonl.gz file, or - for JSON lines on standard input",
            ExitCode.Usage);
    }

    private static ScoreInput OpenParquet(ScoreRequest request)
    {
        var file = ParquetFile.Inspect(request.Input);
        var id = request.IdColumn ?? (file.Find(DefaultIdColumn) is not null ? DefaultIdColumn : null);
        // Opens the columns once before the model is loaded, so that a wrong name is told at once.
        using var probe = TextColumnReader.Open(request.Input, request.TextColumn, file.Rows, id);
        return new ScoreInput(
            file.Rows, row => ParquetDocumentSource.Open(request.Input, request.TextColumn, row, id));
    }

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

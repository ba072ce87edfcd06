using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>--keep-columns</c> asks of inputs and output.</summary>
internal static class KeptColumns
{
    /// <param name="isChosen">The user has said the output's format; else it is that of the first input.</param>
    /// <exception cref="UserErrorException">An input cannot be kept in the output's format.</exception>
    public static ScoreTarget Check(InputSet inputs, ScoreTarget target, bool isChosen)
    {
        var kinds = inputs.Kinds.ToList();
        if (!isChosen)
            target = ScoreTarget.Of(FormatOf(kinds[0]), target.Path);
        if (kinds.Cast<InputKind?>().FirstOrDefault(kind => FormatOf(kind!.Value) != target.Format) is { } other)
            throw new UserErrorException(
                $"--keep-columns: columns of {Name(other)} are kept as {FormatOf(other)} alone, not as {target.Format}",
                ExitCode.Usage);
        if (target.Format == ScoreTarget.Parquet && kinds.Count > 1)
            throw new UserErrorException(
                "--keep-columns: one Parquet file makes one; score several one by one, or with 'coordinator run'",
                ExitCode.Usage);
        return target;
    }

    /// <summary>How the output is laid out, with what has to be known of the inputs.</summary>
    /// <exception cref="InvalidDataException">Files that are to be put together have other columns.</exception>
    public static ScoreLayout Layout(
        ScoreLayout layout, ScoreRequest request, IReadOnlyList<ScoreInput> inputs, ScoreTarget target)
    {
        if (request.Input.Added is not { } added)
            return layout;
        var header = inputs[0].CsvHeader;
        if (inputs.FirstOrDefault(input => !input.CsvHeader.AsSpan().SequenceEqual(header)) is { } other)
            throw new InvalidDataException(
                $"{other.Name}: has other columns than {inputs[0].Name}; keep each in a file of its own");
        return layout with
        {
            Added = added,
            CsvHeader = header,
            WriteParquet = inputs[0].Parquet is { } file ? scores => Write(file, request, target, scores) : null,
        };
    }

    private static void Write(
        ParquetFileInfo file, ScoreRequest request, ScoreTarget target, IReadOnlyList<float> scores)
    {
        var shard = new ShardRequest(
            file.Path, target.Path!, request.Input.TextColumn, request.ScoreColumn, request.IntScoreColumn,
            ReplaceScoreColumns: false, scores.Count, new Dictionary<string, string>());
        var rows = KeepRule.All.Kept([(0, [.. scores])], scores.Count)
            .Select(row => new ScoredRow(row.Row, row.Score, row.IntScore));
        // Its warnings have been shown already.
        ShardWriter.Write(shard, rows);
    }

    /// <summary>The format in which an input's columns are kept. Lines of text become JSON.</summary>
    private static string FormatOf(InputKind kind) => kind switch
    {
        InputKind.Parquet => ScoreTarget.Parquet,
        InputKind.Csv => ScoreTarget.Csv,
        _ => ScoreTarget.JsonLines,
    };

    private static string Name(InputKind kind) => kind switch
    {
        InputKind.Parquet => "Parquet files",
        InputKind.Csv => ".csv files",
        InputKind.Text => "text",
        _ => "JSON lines",
    };
}

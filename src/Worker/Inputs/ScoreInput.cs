using FineWebTorch.Parquet;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Inputs;

/// <summary>Documents that are ready to be read.</summary>
/// <param name="Name">As the user knows it.</param>
/// <param name="Rows">Null where only reading it to its end would tell.</param>
/// <param name="OpenAt">Opens the documents from a row number on.</param>
internal sealed record ScoreInput(string Name, InputKind Kind, long? Rows, Func<long, IDocumentSource> OpenAt)
    : IDisposable
{
    /// <summary>The Parquet file that was opened; null for other kinds.</summary>
    public ParquetFileInfo? Parquet { get; init; }

    /// <summary>What will not be carried of it, a line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The first line of comma-separated values, as it stands in the file.</summary>
    public byte[] CsvHeader { get; init; } = [];

    /// <summary>Disposed of with the input.</summary>
    public IDisposable? Owned { get; init; }

    /// <summary>Of a file of this machine, or of standard input.</summary>
    /// <param name="badRecords">Null where a bad line ends the reading.</param>
    /// <exception cref="ParquetFileException">The file, or its columns, cannot be used.</exception>
    /// <exception cref="InvalidDataException">A column is not there.</exception>
    public static ScoreInput Open(NamedInput input, InputOptions options, BadRecords? badRecords) => input.Kind switch
    {
        InputKind.Parquet => OpenParquet(input.Name, input.Name, options, null),
        InputKind.Csv => OpenCsv(input, options, badRecords),
        var kind => OpenLines(input, kind, options, badRecords),
    };

    /// <summary>The one document that was typed.</summary>
    public static ScoreInput OfText(string text, InputOptions options) => OpenRecords(
        "--text", InputKind.Text, null, () => new TypedTextReader(text, ColumnsOf(options)));

    /// <param name="path">Where the file is.</param>
    /// <param name="name">As the user knows it.</param>
    /// <param name="endRow">Rows that are there to be read; null for all.</param>
    public static ScoreInput OpenParquet(string path, string name, InputOptions options, long? endRow)
    {
        var file = ParquetFile.Inspect(path);
        var id = IdColumnOf(file, options);
        var end = Math.Min(endRow ?? file.Rows, file.Rows);
        // Of one on the Hub no more is here than what is to be scored.
        var warnings = endRow is null || options.Added is null ? CheckParquet(file, id, options) : [];
        // Opens the columns once before the model is loaded, so that a wrong name is told at once.
        using var probe = TextColumnReader.Open(path, options.TextColumn, end, id, end);
        return new ScoreInput(
            name, InputKind.Parquet, end, row => ParquetDocumentSource.Open(path, options.TextColumn, row, id, end))
        {
            Parquet = file,
            Warnings = warnings,
        };
    }

    public static string? IdColumnOf(ParquetFileInfo file, InputOptions options) =>
        options.IdColumn ?? (file.Find(options.IdOrDefault) is not null ? options.IdOrDefault : null);

    public void Dispose() => Owned?.Dispose();

    /// <summary>Looks for what could not be read, or carried, before anything is scored.</summary>
    private static IReadOnlyList<string> CheckParquet(ParquetFileInfo file, string? id, InputOptions options)
    {
        if (options.Added is not { } added)
        {
            TextColumnReader.Check(file.Path, options.TextColumn, id, options.Rows);
            return [];
        }

        var warnings = ShardWriter.Preflight(
            file, options.TextColumn, added.Score, added.IntScore, replaceScoreColumns: false);
        PageChecks.OfAllColumns(file.Path, options.Rows);
        return warnings;
    }

    private static ScoreInput OpenLines(
        NamedInput input, InputKind kind, InputOptions options, BadRecords? badRecords)
    {
        if (input.IsFile)
        {
            // A wrong name is told before the model is loaded. A bad line that is left out is told of when it is read.
            using var probe = new RecordSource(
                OpenReader(input.Name, kind, options), badRecords is null ? null : new BadRecords(_ => { }),
                mostRows: 1);
            probe.Read(CancellationToken.None);
        }

        return OpenRecords(
            InputStreams.NameOf(input.Name), kind, badRecords, () => OpenReader(input.Name, kind, options));
    }

    /// <summary>Read once, from the beginning: a pipe cannot be opened again.</summary>
    private static ScoreInput OpenRecords(
        string name, InputKind kind, BadRecords? badRecords, Func<IRecordReader> open) =>
        new(name, kind, null, _ => new RecordSource(open(), badRecords));

    private static ScoreInput OpenCsv(NamedInput input, InputOptions options, BadRecords? badRecords)
    {
        // The names of the columns before the model is loaded. Of many files not all are kept open.
        var name = InputStreams.NameOf(input.Name);
        var reader = new CsvReader(InputStreams.Open(input.Name), name, ColumnsOf(options));
        using var probe = input.IsFile ? reader : null;
        reader.ReadHeader();
        Func<IRecordReader> open = input.IsFile ? () => OpenReader(input.Name, InputKind.Csv, options) : () => reader;
        return OpenRecords(name, InputKind.Csv, badRecords, open) with { CsvHeader = reader.Header };
    }

    private static IRecordReader OpenReader(string path, InputKind kind, InputOptions options)
    {
        var (stream, name, columns) = (InputStreams.Open(path), InputStreams.NameOf(path), ColumnsOf(options));
        return kind switch
        {
            InputKind.Csv => new CsvReader(stream, name, columns),
            InputKind.Text => new TextLineReader(stream, name, columns),
            _ => new JsonLineReader(stream, name, columns),
        };
    }

    private static RecordColumns ColumnsOf(InputOptions options) =>
        new(options.TextColumn, options.IdOrDefault, RequiresId: options.IdColumn is not null)
        {
            Added = options.Added,
        };
}

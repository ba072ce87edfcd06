using FineWebTorch.Parquet.Format;
using ParquetSharp;

namespace FineWebTorch.Parquet;

/// <summary>A shard to write.</summary>
/// <param name="InputPath">The file whose columns are carried.</param>
/// <param name="OutputPath">Replaced at once when the shard is complete, never half-written.</param>
/// <param name="TextColumn">Must exist; carried like the others.</param>
/// <param name="ScoreColumn">Name of the score column to add, a double.</param>
/// <param name="IntScoreColumn">Name of the integer score column to add, an int64.</param>
/// <param name="ReplaceScoreColumns">
/// Columns of those names (upper or lower case) give way to the new ones in their places; false: they are an error.
/// </param>
/// <param name="Rows">Only the first so many rows belong to the shard; 0 for all.</param>
/// <param name="Metadata">Key-value metadata of ours; wins over the input's under the same name.</param>
public sealed record ShardRequest(
    string InputPath,
    string OutputPath,
    string TextColumn,
    string ScoreColumn,
    string IntScoreColumn,
    bool ReplaceScoreColumns,
    long Rows,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>A finished shard.</summary>
/// <param name="RowsKept">Rows in the shard, counted by its own footer and not by what was asked for.</param>
/// <param name="Sha256">Of the file, lower-case hexadecimal.</param>
/// <param name="Size">Of the file, in bytes.</param>
/// <param name="Warnings">Metadata that was not carried, a line each; columns always are, as they were.</param>
public sealed record ShardResult(long RowsKept, string Sha256, long Size, IReadOnlyList<string> Warnings)
{
    /// <summary>Bytes of its rows as an Arrow table, about: what Hugging Face datasets calls <c>num_bytes</c>.</summary>
    public long ArrowBytes { get; init; }
}

/// <summary>Writes the kept rows of a file with all their columns and their scores.</summary>
public static class ShardWriter
{
    /// <summary>
    /// Writes the shard under a temporary name in the output folder and renames it. The same request gives the same
    /// bytes.
    /// </summary>
    /// <param name="request">What to write, and where.</param>
    /// <param name="keptRowsInOrder">Ascending row numbers.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="ParquetFileException">The input cannot be used, or proves damaged on the way.</exception>
    /// <exception cref="IOException">The output cannot be written: no folder, disk full, no permission.</exception>
    public static ShardResult Write(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(keptRowsInOrder);
        var inputPath = Path.GetFullPath(request.InputPath);
        if (inputPath == Path.GetFullPath(request.OutputPath))
            throw new ArgumentException($"{inputPath}: is both input and output; choose another output");
        var input = ParquetFile.Inspect(inputPath);
        Require(input, request.TextColumn, request.ScoreColumn, request.IntScoreColumn, request.ReplaceScoreColumns);
        using var output = OutputFile.Create(request.OutputPath);
        var rows = request.Rows > 0 ? Math.Min(request.Rows, input.Rows) : input.Rows;
        var kept = KeptRows.Load(keptRowsInOrder, rows, cancellationToken);
        var columns = ShardColumns.For(input, request.ScoreColumn, request.IntScoreColumn);
        var metadata = ShardMetadata.For(input, columns, request.Metadata);
        try
        {
            Build(input, output, request.TextColumn, columns, metadata, kept, cancellationToken);
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception) || exception is IOException)
        {
            output.ThrowFailure();
            if (exception is IOException)
                throw;
            throw ParquetLibrary.ForInput(exception, inputPath, "in its pages");
        }
        var (sha256, size) = output.Publish(cancellationToken);
        var written = ParquetFooter.Read(request.OutputPath);
        return new ShardResult(written.Rows, sha256, size, metadata.Warnings)
        {
            ArrowBytes = ArrowSize.Of(written),
        };
    }

    /// <summary>
    /// Refuses what <see cref="Write"/> would refuse of the input, as far as its footer tells, before any row is
    /// scored. Its pages are looked at by <see cref="PageChecks"/>.
    /// </summary>
    /// <returns>What could not be carried, a line each: <see cref="ShardResult.Warnings"/>.</returns>
    /// <exception cref="ParquetFileException">
    /// No such text column, not text, a score column there already, a column that is encrypted or has no fields …
    /// </exception>
    public static IReadOnlyList<string> Preflight(
        ParquetFileInfo input, string textColumn, string scoreColumn, string intScoreColumn, bool replaceScoreColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require(input, textColumn, scoreColumn, intScoreColumn, replaceScoreColumns);
        var columns = ShardColumns.For(input, scoreColumn, intScoreColumn);
        return ShardMetadata.For(input, columns, new Dictionary<string, string>()).Warnings;
    }

    private static void Require(
        ParquetFileInfo input, string textColumn, string scoreColumn, string intScoreColumn, bool replaceScoreColumns)
    {
        ColumnChecks.RequireText(input, textColumn);
        ColumnChecks.RequireRoomForScores(input, textColumn, scoreColumn, intScoreColumn, replaceScoreColumns);
        ColumnChecks.RequireReadable(input);
    }

    private static void Build(
        ParquetFileInfo input, OutputFile output, string textColumn, ShardColumns columns, ShardMetadata metadata,
        KeptRows kept, CancellationToken cancellationToken)
    {
        using var pages = new PageHeaders(input);
        var groups = ShardGroups.Plan(input, RowSizes.Of(input, pages, cancellationToken), kept);
        using var properties = ParquetLibrary.ReaderProperties();
        using var reader = new ParquetFileReader(input.Path, properties);
        using var nodes = new ParquetFileReader(input.Path, properties);
        using var root = nodes.FileMetaData.Schema.GroupNode;
        using var schema = columns.Schema(root);
        using var parquet = new ParquetOutput(output, schema, [textColumn], columns.Unordered());
        var writers = columns.Writers(reader, kept);
        try
        {
            foreach (var group in groups)
                WriteGroup(parquet, writers, group, cancellationToken);
            parquet.Complete(columns.Elements(), metadata.Entries);
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }
    }

    private static void WriteGroup(
        ParquetOutput parquet, List<IShardColumnWriter> writers, ShardGroup group, CancellationToken cancellationToken)
    {
        using var rowGroup = parquet.AppendRowGroup();
        foreach (var writer in writers)
        {
            using var column = rowGroup.NextColumn();
            writer.Write(column, group, cancellationToken);
        }
        rowGroup.Close();
    }
}

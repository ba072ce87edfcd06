using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>Writes the kept rows of a file with all their columns and their scores.</summary>
public static class ShardWriter
{
    /// <summary>Pages of 100 MB need 512; more is there for wide rows.</summary>
    private const int MemoryLimitMegabytes = 1024;

    /// <summary>
    /// Writes the shard under a temporary name in the output folder, checks it and renames it. The same request
    /// gives the same bytes.
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
        FileSignature.Check(inputPath);
        using var session = Session.Open(MemoryLimitMegabytes);
        var input = ParquetFile.Inspect(session, inputPath);
        Preflight(
            input, request.TextColumn, request.ScoreColumn, request.IntScoreColumn, request.ReplaceScoreColumns);
        using var output = OutputFile.Create(request.OutputPath);
        try
        {
            return Build(session, input, output, request, keptRowsInOrder, cancellationToken);
        }
        catch (DuckDbException exception)
        {
            throw output.Explain(exception) ?? (Exception)EngineErrors.ForInput(exception, inputPath);
        }
    }

    /// <summary>Refuses what <see cref="Write"/> would refuse of the input, before any row is scored.</summary>
    /// <exception cref="ParquetFileException">No such text column, not text, a score column there already …</exception>
    public static void Preflight(
        ParquetFileInfo input, string textColumn, string scoreColumn, string intScoreColumn, bool replaceScoreColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnChecks.RequireText(input, textColumn);
        ColumnChecks.RequireCarriable(input);
        ColumnChecks.RequireRoomForScores(input, textColumn, scoreColumn, intScoreColumn, replaceScoreColumns);
    }

    /// <summary>
    /// What <see cref="Write"/> cannot carry without loss, one line a column; empty for most files. Large strings,
    /// string views and Arrow dictionaries of strings come back as strings without a line here.
    /// </summary>
    public static IReadOnlyList<string> Losses(ParquetFileInfo input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var session = Session.Open(MemoryLimitMegabytes);
        // DuckDB itself shows what it makes of the types.
        using var probe = OutputFile.Create(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        try
        {
            var columns = ShardColumn.Carried(input);
            session.Execute(ShardStatement.CopySchema(input, columns, probe.TemporaryPath));
            return LossReport.Compare(columns, ParquetFile.Inspect(session, probe.TemporaryPath).Columns);
        }
        catch (DuckDbException exception)
        {
            throw probe.Explain(exception) ?? (Exception)EngineErrors.ForInput(exception, input.Path);
        }
    }

    private static ShardResult Build(
        Session session, ParquetFileInfo input, OutputFile output, ShardRequest request,
        IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellationToken)
    {
        var rows = request.Rows > 0 ? Math.Min(request.Rows, input.Rows) : input.Rows;
        var kept = KeptRows.Load(session, keptRowsInOrder, rows, cancellationToken);
        var columns = ShardColumn.For(input, request.ScoreColumn, request.IntScoreColumn);
        var metadata = ShardMetadata.For(input, request);
        var copy = ShardStatement.Copy(input, columns, rows, output.TemporaryPath, metadata.Entries);
        var copied = session.Execute(copy, cancellationToken);
        var written = ParquetFile.Inspect(session, output.TemporaryPath);
        if (copied != kept || written.Rows != kept)
        {
            throw FileSignature.Damaged(
                input.Path, $"of {kept} rows to keep {copied} were found and {written.Rows} written");
        }
        var losses = LossReport.Compare(columns, written.Columns);
        var (sha256, size) = output.Publish(cancellationToken);
        return new ShardResult(kept, sha256, size, [.. losses, .. metadata.Warnings]);
    }
}

using System.Collections.Concurrent;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>Where a run's files come from: this machine or the Hub.</summary>
/// <param name="spec">Names them.</param>
/// <param name="hub">Null for files on this machine.</param>
/// <param name="overwrite">Shards that are not of the run are to be deleted.</param>
/// <param name="warn">Hears of what is left out.</param>
internal sealed class RunInput(RunSpec spec, HubInput? hub, bool overwrite, Action<string> warn)
{
    private readonly ConcurrentDictionary<string, ColumnSet> _sets = new(StringComparer.Ordinal);

    /// <summary>Null for files on this machine.</summary>
    public HubInput? Hub { get; } = hub;

    /// <param name="isNew">The run has no shards yet.</param>
    /// <param name="journal">Of files on the Hub; null where nothing is to be written.</param>
    /// <returns>In ordinal order of their names; at least one.</returns>
    public Task<IReadOnlyList<InputFileInfo>> FindAsync(
        bool isNew, ListingJournal? journal, CancellationToken cancellationToken) =>
        Hub?.FindAsync(journal, cancellationToken) ??
        Task.FromResult(new LocalFiles(spec, overwrite, warn).Find(isNew));

    /// <summary>A file of the run as it lies there now; on the Hub, where a commit's never changes, as it was.</summary>
    public InputFileInfo Look(FileRecord file) => Hub is null
        ? LocalFiles.Describe(file.Name, file.Path)
        : new InputFileInfo(file.Name, file.Path, file.Size, file.ModifiedTicks, file.Sha256);

    /// <summary>Reads the footer.</summary>
    public async Task<InputInspection> InspectAsync(InputFileInfo file, CancellationToken cancellationToken)
    {
        var inspection = Hub is null
            ? InputInspection.Of(file.Path, spec)
            : await Hub.InspectAsync(file, cancellationToken);
        return inspection.Columns is { } columns
            ? inspection with { Columns = _sets.GetOrAdd(columns.Digest, columns) }
            : inspection;
    }

    /// <summary>The columns of a file, which is read where no file of the same columns has been inspected.</summary>
    public async Task<IReadOnlyList<ParquetColumn>> ReadColumnsAsync(
        FileRecord file, CancellationToken cancellationToken)
    {
        static IReadOnlyList<ParquetColumn> Read(string path) => ParquetFile.Inspect(path).Columns;
        if (file.Columns is not null && _sets.TryGetValue(file.Columns, out var known))
            return known.Columns;
        return Hub is null ? Read(file.Path) : await Hub.ReadFooterAsync(file.Path, Read, cancellationToken);
    }
}

/// <summary>A file that was found.</summary>
/// <param name="Name">Below the input folder, '/'-separated; on the Hub, in the repository.</param>
/// <param name="Path">Absolute, or an hf:// path that names a commit.</param>
/// <param name="ModifiedTicks">
/// Last write in UTC ticks: a cheap sign that the content may have changed. 0 on the Hub, where a commit's never does.
/// </param>
/// <param name="Sha256">Lower-case hex, where the Hub says it; else null.</param>
internal sealed record InputFileInfo(string Name, string Path, long Size, long ModifiedTicks, string? Sha256 = null);

/// <summary>What a file's footer says, or why it cannot be used.</summary>
/// <param name="Fault">The reason as one line; null for a good file.</param>
/// <param name="IsColumnFault">The file is sound, but its columns do not fit: likely an option is wrong.</param>
internal sealed record InputInspection(long Rows, string? Fault, bool IsColumnFault)
{
    /// <summary>Of the content, where reading it was the only way to know; else null.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Of a good file.</summary>
    public ColumnSet? Columns { get; init; }

    /// <summary>What its shard cannot take over, a line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <param name="name">What messages call the file, where that is not its path.</param>
    public static InputInspection Of(string path, RunSpec spec, string? name = null)
    {
        try
        {
            var info = ParquetFile.Inspect(path);
            // Of one on the Hub only the footer is here.
            if (name is null)
                PageChecks.OfSuspiciousColumns(info);
            var warnings = ShardWriter.Preflight(
                info, spec.TextColumn, spec.ScoreColumn, spec.IntScoreColumn, spec.ReplaceScoreColumns);
            return new InputInspection(info.Rows, Fault: null, IsColumnFault: false)
            {
                Columns = ColumnSet.Of(info.Columns),
                Warnings = warnings,
            };
        }
        catch (ParquetFileException exception)
        {
            var failure = name is null ? exception : exception.Named(name);
            return new InputInspection(0, failure.Message, failure.Fault == ParquetFault.Columns);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new InputInspection(0, exception.Message, IsColumnFault: false);
        }
    }
}

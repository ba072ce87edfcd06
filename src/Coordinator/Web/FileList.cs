using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Web;

/// <summary>
/// The files of a run, a page of them at a time, when somebody asks. The run's loop tells how far all are, a number
/// each, and more of those on the page alone; the ledger tells of files that are done, and once the names of all.
/// </summary>
internal sealed class FileList(RunLoop loop, ILedger ledger, RunSpec spec)
{
    private static readonly Dictionary<string, FileCondition> States = Enum.GetValues<FileCondition>()
        .ToDictionary(state => state.ToString(), StringComparer.OrdinalIgnoreCase);

    private readonly Lock _lock = new();
    private Task<string[]>? _names;

    /// <exception cref="FormatException">There is no such state.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The run has ended.</exception>
    public async Task<object> PageAsync(ListRequest request, CancellationToken cancellationToken)
    {
        var wanted = StateOf(request.State);
        var (total, page) = wanted is null && request.FindsAll
            ? await loop.LookAsync(core => PartOf(core.Files.Count, request), cancellationToken)
            : await FindAsync(wanted, request, cancellationToken);
        var open = await loop.LookAsync(
            core => page.ConvertAll(file => core.Files.Find(file) is { } held ? Describe(held, core) : null),
            cancellationToken);
        var items = page.Zip(open, (file, held) => held ?? Describe(ledger.ReadFile(file)));
        return new { Total = total, Items = items.ToList() };
    }

    /// <summary>Of all files: no need to look at any other.</summary>
    private static (int Total, List<int> Page) PartOf(int files, ListRequest request)
    {
        var first = (int)Math.Min(request.Offset, files);
        return (files, [.. Enumerable.Range(first, Math.Min(request.Limit, files - first))]);
    }

    private async Task<(int Total, List<int> Page)> FindAsync(
        FileCondition? wanted, ListRequest request, CancellationToken cancellationToken)
    {
        var names = request.FindsAll ? [] : await NamesAsync().WaitAsync(cancellationToken);
        var conditions = await loop.LookAsync(core => core.Files.Conditions(), cancellationToken);
        var (offset, limit) = (request.Offset, request.Limit);
        var (total, page) = (0, new List<int>());
        for (var file = 0; file < conditions.Length; file++)
        {
            if ((wanted is { } state && conditions[file] != state) || !(request.FindsAll || request.Finds(names[file])))
                continue;
            if (total++ >= offset && page.Count < limit)
                page.Add(file);
        }

        return (total, page);
    }

    private static FileCondition? StateOf(string text) => text.Length == 0 ? null
        : States.TryGetValue(text, out var state) ? state
        : throw new FormatException($"state={text}: give waiting, working, building, done, failed or skipped");

    /// <summary>Names never change while a coordinator works on a run. Where reading them failed it is tried again.
    /// </summary>
    private Task<string[]> NamesAsync()
    {
        lock (_lock)
            return _names is null or { IsFaulted: true }
                ? _names = Task.Run(() => ledger.ReadFiles().Select(file => file.Record.Name).ToArray())
                : _names;
    }

    /// <summary>On the loop's thread.</summary>
    private static object Describe(RunFile file, RunCore core) => new
    {
        file.Record.Name,
        State = core.Files.ConditionOf(file.Index),
        file.Rows,
        Scored = file.Totals.Rows,
        Windows = new { All = file.Windows, Done = file.CompleteWindows },
        Workers = file.Leases
            .Select(lease => core.State.Workers.GetValueOrDefault(lease.WorkerId)?.Name ?? lease.WorkerId)
            .Distinct(StringComparer.Ordinal).ToList(),
        Attempts = file.FailedAttempts.Count,
        Shard = file.Shard?.Name,
        // Of one that is tried again, why it was not done before.
        Failure = file.Record.Failure ?? (file.FailedAttempts.Count > 0 ? file.FailedAttempts[^1].Reason : null),
        Seconds = SecondsOf(file.Work),
    };

    private object Describe(StoredFile file) => new
    {
        file.Record.Name,
        State = FileCondition.Done,
        Rows = spec.RowsOf(file.Record.Rows),
        Scored = file.Totals?.Rows ?? 0,
        Windows = new { All = file.Totals?.Windows ?? 0, Done = file.Totals?.Windows ?? 0 },
        Workers = file.Work.Select(work => work.Worker).Distinct(StringComparer.Ordinal).ToList(),
        Attempts = 0,
        Shard = file.Shard?.Name,
        Kept = file.Shard?.RowsKept,
        Seconds = SecondsOf(file.Work),
    };

    /// <summary>From its first score to its last.</summary>
    private static double? SecondsOf(IReadOnlyCollection<WorkRecord> work) => work.Count == 0
        ? null
        : Math.Round((work.Max(one => one.Last) - work.Min(one => one.First)).TotalSeconds, 1);
}

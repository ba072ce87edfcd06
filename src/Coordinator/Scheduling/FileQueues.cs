using System.Collections;
using System.Numerics;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Open files by what is to be done with them next. Each follows from the file and the time alone.</summary>
internal sealed class FileQueues(int files, SchedulingOptions options)
{
    private readonly FilePlace[] _places = new FilePlace[files];
    private readonly PriorityQueue<RunFile, TimeSpan> _retries = new();

    /// <summary>Files that have windows for whoever asks.</summary>
    public SizedQueue ToScore { get; } = new();

    public BuildQueue ToBuild { get; } = new();

    /// <summary>Scored by nobody who told the digest, which their shards' metadata needs.</summary>
    public SortedSet<int> ToDigest { get; } = [];

    /// <summary>To be given up.</summary>
    public SortedSet<int> ToFail { get; } = [];

    /// <summary>Of the last <see cref="Advance"/>.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Files whose wait after a failure is over come in again.</summary>
    public void Advance(TimeSpan now)
    {
        Now = now;
        while (_retries.TryPeek(out var file, out var at) && at <= now)
        {
            _retries.Dequeue();
            // It may have failed again meanwhile: then it is queued anew.
            if (_places[file.Index] == FilePlace.ToRetry)
                _places[file.Index] = FilePlace.None;
            Update(file);
        }
    }

    public FilePlace PlaceOf(RunFile file) => file switch
    {
        { IsOpen: false } or { Stage: FileStage.Committing } => FilePlace.None,
        _ when file.LostInARow >= options.MaxLostInARow => FilePlace.ToFail,
        _ when file.FailedAttempts.Count > 0 && file.RetryAt > Now => FilePlace.ToRetry,
        { Stage: FileStage.Scored, IsDigestKnown: false } =>
            file.DigestUnderWay ? FilePlace.None : FilePlace.ToDigest,
        { Stage: FileStage.Scored, Leases.Count: 0 } => FilePlace.ToBuild,
        { Stage: FileStage.Scoring, HasWork: true } => FilePlace.ToScore,
        _ => FilePlace.None,
    };

    public void Update(RunFile file)
    {
        var (before, now) = (_places[file.Index], PlaceOf(file));
        if (before == now)
            return;
        _places[file.Index] = now;
        QueueOf(before)?.Remove(file.Index);
        QueueOf(now)?.Add(file.Index);
        if (before == FilePlace.ToScore)
            ToScore.Remove(file);
        if (now == FilePlace.ToScore)
            ToScore.Add(file);
        if (before == FilePlace.ToBuild)
            ToBuild.Remove(file);
        if (now == FilePlace.ToBuild)
            ToBuild.Add(file);
        if (now == FilePlace.ToRetry)
            _retries.Enqueue(file, file.RetryAt);
    }

    private SortedSet<int>? QueueOf(FilePlace place) => place switch
    {
        FilePlace.ToDigest => ToDigest,
        FilePlace.ToFail => ToFail,
        _ => null,
    };
}

/// <summary>What is to be done with a file next.</summary>
internal enum FilePlace
{
    /// <summary>Nothing: it has ended, or somebody is at it.</summary>
    None,

    /// <summary>Something went wrong with it: it waits a while.</summary>
    ToRetry,
    ToScore,
    ToDigest,
    ToBuild,
    ToFail,
}

/// <summary>
/// Files of which some have much more rows than others: these come first, so that none of them is begun when the others
/// are done. Those of one order of size, by powers of two, come in the order of the run.
/// </summary>
internal sealed class SizedQueue : IEnumerable<int>
{
    private readonly SortedSet<(int Size, int File)> _files = [];

    public int Count => _files.Count;

    // Their number does not change while a file is here.
    public void Add(RunFile file) => _files.Add(PlaceOf(file));

    public void Remove(RunFile file) => _files.Remove(PlaceOf(file));

    public bool Contains(RunFile file) => _files.Contains(PlaceOf(file));

    public IEnumerator<int> GetEnumerator()
    {
        foreach (var (_, file) in _files)
            yield return file;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (int Size, int File) PlaceOf(RunFile file) =>
        (-BitOperations.Log2((ulong)Math.Max(1, file.Rows)), file.Index);
}

/// <summary>Files whose shards are to be built, all and by who has scored them last.</summary>
internal sealed class BuildQueue
{
    private static readonly SortedSet<int> None = [];
    private readonly Dictionary<string, SortedSet<int>> _byScorer = new(StringComparer.Ordinal);

    public SortedSet<int> All { get; } = [];

    /// <summary>Those that a worker has at hand.</summary>
    public IReadOnlySet<int> LastScoredBy(string workerId) => _byScorer.GetValueOrDefault(workerId, None);

    public void Add(RunFile file)
    {
        All.Add(file.Index);
        // The scorer stays while the file is here: nobody scores it any more.
        if (file.LastScorer is not { } scorer)
            return;
        if (!_byScorer.TryGetValue(scorer, out var own))
            _byScorer.Add(scorer, own = []);
        own.Add(file.Index);
    }

    public void Remove(RunFile file)
    {
        All.Remove(file.Index);
        if (file.LastScorer is not { } scorer || !_byScorer.TryGetValue(scorer, out var own))
            return;
        own.Remove(file.Index);
        if (own.Count == 0)
            _byScorer.Remove(scorer);
    }
}

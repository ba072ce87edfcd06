using System.Collections;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>The files of a run in their order, counted by how far they are, and queued by what is to be done.</summary>
internal sealed class RunFiles : IReadOnlyList<RunFile>
{
    private readonly IReadOnlyList<RunFile> _files;
    private readonly FileStage?[] _stages;
    private readonly bool[] _inWork;
    private readonly int[] _byStage = new int[Enum.GetValues<FileStage>().Length];

    public RunFiles(IReadOnlyList<RunFile> files, SchedulingOptions options)
    {
        _files = files;
        _stages = new FileStage?[files.Count];
        _inWork = new bool[files.Count];
        Queues = new FileQueues(files.Count, options);
    }

    public int Count => _files.Count;

    public FileQueues Queues { get; }

    /// <summary>Open files with attempts that came to nothing.</summary>
    public SortedSet<int> Troubled { get; } = [];

    /// <summary>Files that someone scores or whose shards someone builds.</summary>
    public int InWork { get; private set; }

    /// <summary>Rows to be scored of the files that have not failed.</summary>
    public long Rows { get; private set; }

    /// <summary>What was scored of files before they failed: their rows are in no shard.</summary>
    public ScoreTotals TotalsOfFailed { get; } = new();

    /// <summary>Open files over which workers have vanished before they got anything done.</summary>
    public SortedSet<int> Vanishing { get; } = [];

    public int Open => Count - Ended;

    /// <summary>Done or failed.</summary>
    public int Ended => CountOf(FileStage.Done) + CountOf(FileStage.Failed);

    public bool AllEnded => Ended == Count;

    public RunFile this[int index] => _files[index];

    public int CountOf(FileStage stage) => _byStage[(int)stage];

    /// <summary>The files are as the ledger has them: from now on every change of one is followed.</summary>
    public void Begin()
    {
        foreach (var file in _files)
        {
            file.Changed = Update;
            Update(file);
        }
    }

    public IEnumerator<RunFile> GetEnumerator() => _files.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Update(RunFile file)
    {
        Queues.Update(file);
        Keep(Troubled, file, file is { IsOpen: true, FailedAttempts.Count: > 0 });
        Keep(Vanishing, file, file is { IsOpen: true, LostInARow: > 0 });
        if (_stages[file.Index] != file.Stage)
            Follow(file, _stages[file.Index]);
        if (_inWork[file.Index] == file.Leases.Count > 0)
            return;
        _inWork[file.Index] = !_inWork[file.Index];
        InWork += _inWork[file.Index] ? 1 : -1;
    }

    private static void Keep(SortedSet<int> set, RunFile file, bool isIn)
    {
        if (isIn)
            set.Add(file.Index);
        else
            set.Remove(file.Index);
    }

    private void Follow(RunFile file, FileStage? before)
    {
        _stages[file.Index] = file.Stage;
        _byStage[(int)file.Stage]++;
        if (before is { } stage)
            _byStage[(int)stage]--;
        if (file.Stage == FileStage.Failed)
            TotalsOfFailed.Add(file.Totals);
        else if (before == FileStage.Failed)
            TotalsOfFailed.Remove(file.Totals);
        var counted = before is not (null or FileStage.Failed);
        if (file.Stage != FileStage.Failed && !counted)
            Rows += file.Rows;
        else if (file.Stage == FileStage.Failed && counted)
            Rows -= file.Rows;
    }
}

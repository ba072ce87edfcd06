using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// The files of a run in their order, counted by how far they are, and queued by what is to be done. One that is done is
/// a row in the ledger and nothing here: in a long run most files are.
/// </summary>
internal sealed class RunFiles
{
    private readonly RunFile?[] _held;
    private readonly FileStage?[] _stages;
    private readonly bool[] _inWork;
    private readonly int[] _byStage = new int[Enum.GetValues<FileStage>().Length];

    /// <param name="open">That are not done; with those that are, there is one of each number from 0 on.</param>
    /// <param name="finished">Those that are.</param>
    public RunFiles(IReadOnlyList<RunFile> open, FinishedFiles finished, SchedulingOptions options)
    {
        Count = open.Count + finished.Files.Count;
        _held = new RunFile?[Count];
        _stages = new FileStage?[Count];
        _inWork = new bool[Count];
        Queues = new FileQueues(Count, options);
        foreach (var file in open)
            _held[file.Index] = file;
        foreach (var file in finished.Files)
            _stages[file] = FileStage.Done;
        _byStage[(int)FileStage.Done] = finished.Files.Count;
        Rows = finished.Rows;
    }

    public int Count { get; }

    public FileQueues Queues { get; }

    /// <summary>Those that are not done, in their order. Takes as long as there are files.</summary>
    public IEnumerable<RunFile> Held => _held.OfType<RunFile>();

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

    /// <summary>One that is not done.</summary>
    public RunFile this[int index] => _held[index] ??
        throw new InvalidOperationException($"file {index} is done, so the ledger alone has it. This is a bug.");

    /// <returns>Null for one that is done.</returns>
    public RunFile? Find(int index) => _held[index];

    public FileStage StageOf(int index) => _held[index]?.Stage ?? FileStage.Done;

    /// <summary>Also false for a number that no file has.</summary>
    public bool IsDone(int index) => index < Count && StageOf(index) == FileStage.Done;

    public int CountOf(FileStage stage) => _byStage[(int)stage];

    /// <summary>The files are as the ledger has them: from now on every change of one is followed.</summary>
    public void Begin()
    {
        foreach (var file in Held)
        {
            file.Changed = Update;
            Update(file);
        }
    }

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
        if (file.Stage == FileStage.Done)
            _held[file.Index] = null;
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

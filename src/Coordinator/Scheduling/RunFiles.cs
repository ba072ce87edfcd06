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
    private readonly FileCondition[] _conditions;
    private readonly int[] _byCondition = new int[Enum.GetValues<FileCondition>().Length];

    /// <param name="open">That are not done; with those that are, there is one of each number from 0 on.</param>
    /// <param name="finished">Those that are.</param>
    public RunFiles(IReadOnlyList<RunFile> open, FinishedFiles finished, SchedulingOptions options)
    {
        Count = open.Count + finished.Files.Count;
        _held = new RunFile?[Count];
        _stages = new FileStage?[Count];
        _inWork = new bool[Count];
        _conditions = new FileCondition[Count];
        Queues = new FileQueues(Count, options);
        foreach (var file in open)
            _held[file.Index] = file;
        foreach (var file in finished.Files)
            (_stages[file], _conditions[file]) = (FileStage.Done, FileCondition.Done);
        _byStage[(int)FileStage.Done] = _byCondition[(int)FileCondition.Done] = finished.Files.Count;
        _byCondition[(int)FileCondition.Waiting] = open.Count;
        Rows = finished.Rows;
        Bytes = BytesDone = finished.Bytes;
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

    /// <summary>Of the files that have not failed.</summary>
    public long Bytes { get; private set; }

    /// <summary>Of those that are done.</summary>
    public long BytesDone { get; private set; }

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

    public int CountOf(FileCondition condition) => _byCondition[(int)condition];

    /// <summary>Of all files in their order, as of now.</summary>
    public FileCondition[] Conditions() => [.. _conditions];

    public FileCondition ConditionOf(int index) => _conditions[index];

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
        Note(file.Index, ConditionOf(file));
        if (_inWork[file.Index] == file.Leases.Count > 0)
            return;
        _inWork[file.Index] = !_inWork[file.Index];
        InWork += _inWork[file.Index] ? 1 : -1;
    }

    private static FileCondition ConditionOf(RunFile file) => file.Stage switch
    {
        FileStage.Done => FileCondition.Done,
        FileStage.Failed when file.Record.Failure == FileRecord.Skipped => FileCondition.Skipped,
        FileStage.Failed => FileCondition.Failed,
        FileStage.Scoring => file.Leases.Count > 0 ? FileCondition.Working : FileCondition.Waiting,
        _ => FileCondition.Building,
    };

    private void Note(int index, FileCondition condition)
    {
        _byCondition[(int)_conditions[index]]--;
        _byCondition[(int)condition]++;
        _conditions[index] = condition;
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
        if (file.Stage == FileStage.Done)
            BytesDone += file.Record.Size;
        if (file.Stage != FileStage.Failed && !counted)
            (Rows, Bytes) = (Rows + file.Rows, Bytes + file.Record.Size);
        else if (file.Stage == FileStage.Failed && counted)
            (Rows, Bytes) = (Rows - file.Rows, Bytes - file.Record.Size);
    }
}

/// <summary>How far a file is, for people: each file is in one of them.</summary>
internal enum FileCondition
{
    /// <summary>Scores are missing, and nobody scores it now.</summary>
    Waiting,

    /// <summary>Somebody scores it.</summary>
    Working,

    /// <summary>All scores are there; the shard is not in its place.</summary>
    Building,

    Done,
    Failed,

    /// <summary>A person has left it out.</summary>
    Skipped,
}

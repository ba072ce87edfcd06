using System.Diagnostics;
using System.Globalization;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>
/// A run of the real programs to which something happens. Its end is compared byte for byte with an undisturbed run's,
/// and what its workers scored is counted, so that it shows how much was scored in vain.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    /// <summary>How long a worker that says nothing keeps its work.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    /// <summary>Of every run here: descriptions of outputs name their folder.</summary>
    public const string Name = "run";

    /// <summary>The most work, of one worker, that one fault may cost.</summary>
    private static readonly TimeSpan MostLost = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most that sharing the last files may cost: a window that is given to an idle worker may just have been begun.
    /// </summary>
    private static readonly TimeSpan MostShared = TimeSpan.FromSeconds(1);

    private readonly string _fault;
    private readonly int _copies;
    private readonly string[] _options;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<ProgramProcess> _programs = [];
    private readonly List<Tally> _tallies = [];
    private string _listen = "127.0.0.1:0";
    private Undisturbed? _undisturbed;

    /// <param name="fault">The row of the matrix.</param>
    /// <param name="copies">How often each of the sample's files is an input.</param>
    /// <param name="options">More of <c>coordinator run</c>, which bytes of the output depend on.</param>
    public FaultRun(string fault, int attempt, int copies = 4, params string[] options)
    {
        (_fault, _copies, _options) = (fault, copies, options);
        Folder = new RunFolder(copies);
        Random = Soak.RandomOf(fault, attempt);
        TestContext.Current.TestOutputHelper?.WriteLine($"the same again: FINEWEB_SEED={Soak.Seed}");
    }

    public RunFolder Folder { get; }

    public Random Random { get; }

    public ProgramProcess Coordinator { get; private set; } = null!;

    /// <summary>Those that are to see the end of the run.</summary>
    public List<ProgramProcess> Workers { get; } = [];

    public ProgramPlace CoordinatorPlace { get; set; } = ProgramPlace.Here;

    public ProgramPlace WorkerPlace { get; set; } = ProgramPlace.Here;

    /// <summary>Options of <c>coordinator run</c> that the output does not depend on.</summary>
    public string[] Settings { get; init; } = [];

    /// <summary>What a worker takes for a document, so that a run of few files lasts some seconds.</summary>
    public double MillisecondsPerDocument { get; init; } = 15;

    /// <summary>Where the coordinator listens at first; later always at the port that it got.</summary>
    public string Listen { init => _listen = value; }

    public string Output => Folder.Output(Name);

    public string RunState => Folder.Run(Name);

    /// <summary>Of all workers, also those that have ended.</summary>
    public long RowsScored => _tallies.Sum(tally => tally.Rows);

    /// <summary>Starts both programs; no worker where nothing is left to be done.</summary>
    public async Task StartAsync(int workers = 3)
    {
        if (!await CoordinateAsync())
            return;
        for (var index = 0; index < workers; index++)
            await WorkAsync();
    }

    /// <summary>Starts the coordinator; again: with the same command, at the same address.</summary>
    /// <returns>False: it has ended without asking for a worker.</returns>
    public async Task<bool> CoordinateAsync()
    {
        // Made now, where it is not known yet: it would take the time in which something is to happen.
        _undisturbed ??= await Undisturbed.Of(_copies, _options);
        StartCoordinator();
        var asking = Coordinator.WorkerArgumentsAsync();
        await Task.WhenAny(asking, Coordinator.ExitAsync());
        if (Coordinator.HasEnded && !asking.IsCompletedSuccessfully)
            return false;
        _listen = new Uri((await asking)[^1]).Authority;
        return true;
    }

    /// <summary>The same command, of which not even the beginning is waited for.</summary>
    public void StartCoordinator()
    {
        string[] options =
        [
            .. _options, .. Settings, "--listen", _listen, "--heartbeat-timeout",
            string.Create(CultureInfo.InvariantCulture, $"{Deadline.TotalSeconds}s"),
        ];
        Coordinator = Keep(ProgramProcess.StartThrough(
            CoordinatorPlace.Launcher, CoordinatorPlace.Environment, "coordinator", Folder.Arguments(Name, options)));
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="device">What is wrong with it.</param>
    public Task<ProgramProcess> WorkAsync(FaultyDevice? device = null, params string[] more) =>
        WorkAsync(WorkerPlace, device ?? new FaultyDevice(), more);

    /// <summary>Starts a worker that sees nothing of the run but through the network.</summary>
    /// <param name="place">Where its cache is seen.</param>
    public Task<ProgramProcess> WorkRemotelyAsync(string cache, ProgramPlace? place = null)
    {
        place ??= WorkerPlace;
        return WorkAsync(
            place with { Launcher = [.. place.Launcher, .. Folder.Elsewhere(Name)] }, new FaultyDevice(),
            "--cache", cache);
    }

    /// <summary>Starts a worker, and another whenever it ends before the run, as a batch system does.</summary>
    public async Task KeepWorkingAsync(FaultyDevice device)
    {
        while (await (await WorkAsync(device, "--no-wait")).ExitAsync() != 0 && !Coordinator.HasEnded)
            await Task.Delay(100, Cancelled);
    }

    /// <summary>One of the workers, of which nothing is expected any more.</summary>
    public ProgramProcess TakeWorker()
    {
        var worker = Workers[Random.Next(Workers.Count)];
        Workers.Remove(worker);
        return worker;
    }

    /// <summary>
    /// Until a random part of the work that is left has been done, and up to half a second more: files are opened and
    /// shards built then too.
    /// </summary>
    /// <param name="until">The largest part, from 0 to 1.</param>
    public async Task RandomPointAsync(double until = 1)
    {
        var (begin, rows) = (RowsScored, _undisturbed!.Rows);
        var point = begin + (long)(Random.NextDouble() * until * Math.Max(0, rows - begin));
        await UntilAsync(() => RowsScored >= point);
        await Task.Delay(TimeSpan.FromSeconds(Random.NextDouble() / 2), Cancelled);
    }

    /// <summary>Until something is so; or nothing can change any more.</summary>
    public async Task UntilAsync(Func<bool> reached)
    {
        while (!reached() && !Coordinator.HasEnded)
            await Task.Delay(10, Cancelled);
    }

    public static async Task KillAsync(params ProgramProcess[] programs)
    {
        foreach (var program in programs.Where(program => !program.HasEnded))
            program.Signal("KILL");
        foreach (var program in programs)
            await program.ExitAsync();
    }

    /// <summary>The run ends well, with the bytes of an undisturbed one, and little was scored twice.</summary>
    /// <param name="disturbed">How many workers' work the fault may have cost.</param>
    public async Task EndAsync(int disturbed)
    {
        Assert.True(await Coordinator.ExitAsync() == 0, Told());
        await WorkersEndAsync();
        Assert.Equal(0, Folder.Summary(Name, CoordinatorPlace.Root).GetProperty("files_failed").GetArrayLength());
        var undisturbed = await Undisturbed.Of(_copies, _options);
        undisturbed.DemandEqual(RunFolder.ContentsOf(CoordinatorPlace.Root + Output));

        Record(undisturbed.Rows, disturbed);
    }

    /// <summary>Says how much was scored in vain, which is little.</summary>
    /// <param name="rows">That had to be scored.</param>
    /// <inheritdoc cref="EndAsync"/>
    public void Record(long rows, int disturbed)
    {
        var (rowsLost, workLost) = Tally.Beyond(_tallies, rows);
        Soak.Record(_fault, _watch.Elapsed, rowsLost, workLost);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{rowsLost} of {rows} rows scored in vain, {workLost.TotalSeconds:F1} s of work");
        Assert.InRange(workLost, TimeSpan.Zero, (MostLost * disturbed) + MostShared);
    }

    /// <summary>All that are left see the end of the run.</summary>
    public async Task WorkersEndAsync()
    {
        foreach (var worker in Workers)
            Assert.True(await worker.ExitAsync() == 0, Told());
        Workers.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
            await program.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(Told());
        Folder.Dispose();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task<ProgramProcess> WorkAsync(ProgramPlace place, FaultyDevice device, params string[] more)
    {
        _tallies.Add(new Tally(Path.Combine(Folder.Root, $"tally-{_tallies.Count}")));
        device = device with { Tally = _tallies[^1].Path, MillisecondsPerDocument = MillisecondsPerDocument };
        var environment = new Dictionary<string, string?>(place.Environment)
        {
            [FaultyDevice.Variable] = device.ToJson(),
        };
        var worker = Keep(ProgramProcess.StartThrough(
            place.Launcher, environment, "faultyWorker", [.. await Coordinator.WorkerArgumentsAsync(), .. more]));
        Workers.Add(worker);
        return worker;
    }

    private ProgramProcess Keep(ProgramProcess program)
    {
        _programs.Add(program);
        return program;
    }

    private string Told() => string.Join("\n---\n", _programs.Select(program => program.Errors));
}

using System.Diagnostics;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Bench.Fleet;

/// <summary>
/// A fleet on a clock of its own: the real core and the real ledger, workers that only pretend, no network, one thread.
/// What comes within a tick is handled in steps as <see cref="RunLoop"/> takes them, each with its commit.
/// </summary>
internal sealed class SimulatedRun
{
    private const int CommandsOfStep = 512;
    private static readonly TimeSpan TickOfLoop = TimeSpan.FromMilliseconds(500);

    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private readonly Queue<RunCommand> _commands = [];
    private readonly ILedger _ledger;
    private long _order;
    private TimeSpan _nextTick;
    private (long Wall, TimeSpan Cpu) _tickBegan;

    /// <param name="ledger">Empty.</param>
    public SimulatedRun(FleetShape shape, ILedger ledger, int seed)
    {
        (Shape, _ledger, Random) = (shape, ledger, new Random(seed));
        ledger.Create(shape.Run, [.. Enumerable.Range(0, shape.Files).Select(shape.File)]);
        FinishedFile.Add(shape, ledger);
        Core = new RunCore(
            ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging", "nonce"),
            new SchedulingOptions(shape.HeartbeatTimeout));
        for (var worker = 0; worker < shape.Workers; worker++)
        {
            var simulated = new SimulatedWorker(this, $"worker-{worker}");
            After(shape.Arrival * Random.NextDouble(), simulated.Join);
        }
    }

    public FleetShape Shape { get; }

    public RunCore Core { get; }

    public Random Random { get; }

    public TimeSpan Now { get; private set; }

    public FleetFigures Figures { get; } = new();

    /// <summary>Until the time has come, or every file has ended.</summary>
    public void Run(TimeSpan until)
    {
        while (Now < until && !Core.IsOver)
        {
            Now += Shape.Tick;
            while (_events.TryPeek(out var happens, out var when) && when.At <= Now)
            {
                _events.Dequeue();
                happens();
            }

            HandleAll();
        }
    }

    public void After(TimeSpan time, Action happens) => _events.Enqueue(happens, (Now + time, ++_order));

    public void Post(RunCommand command) => _commands.Enqueue(command);

    /// <summary>A worker has got a lease: it counts as having asked when this tick's commands began to be handled.
    /// </summary>
    public void NoteGrant() => Figures.NoteGrant(
        Stopwatch.GetElapsedTime(_tickBegan.Wall).TotalSeconds,
        (Environment.CpuUsage.TotalTime - _tickBegan.Cpu).TotalSeconds);

    private void HandleAll()
    {
        if (Now >= _nextTick)
        {
            Post(new RunCommand.Tick());
            Figures.NoteMemory();
            _nextTick = Now + TickOfLoop;
        }

        _tickBegan = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        while (_commands.Count > 0)
        {
            for (var count = 0; count < CommandsOfStep && _commands.TryDequeue(out var command); count++)
            {
                Core.Handle(command, Now);
                Figures.Commands++;
            }

            Core.Plan(Now);
            _ledger.Commit(Core.Outbox.Changes);
            Core.Outbox.Deliver();
            Figures.Note(Core.Outbox.Events);
            Core.Outbox.Clear();
        }

        Figures.Cpu += Environment.CpuUsage.TotalTime - _tickBegan.Cpu;
    }
}

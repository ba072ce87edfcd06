using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Commands;

/// <summary>Keeps what a session tells.</summary>
internal sealed class Recorder : IReporter
{
    public Action OnStart { get; init; } = () => { };

    public List<RunEvent> Events { get; } = [];

    /// <summary>What was warned of so far.</summary>
    public IReadOnlyList<string> WarningTexts
    {
        get
        {
            lock (Events)
                return [.. Events.OfType<RunEvent.Warning>().Select(warning => warning.Text)];
        }
    }

    public RunSummary? Summary { get; private set; }

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    public void Started(RunHeader header) => OnStart();

    public void Observe(RunEvent happened)
    {
        lock (Events)
            Events.Add(happened);
    }

    public void Progress(RunProgress progress)
    {
    }

    public void Finished(RunSummary summary) => Summary = summary;

    public void Dispose()
    {
    }
}

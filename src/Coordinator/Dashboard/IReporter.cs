using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Dashboard;

/// <summary>Tells the person or program at the terminal how a run goes.</summary>
internal interface IReporter : IRunObserver, IDisposable
{
    /// <summary>How often <see cref="Progress"/> is to be called.</summary>
    TimeSpan Interval { get; }

    void Started(RunHeader header);

    void Progress(RunSnapshot snapshot, RunRates rates);

    void Finished(RunSummary summary);
}

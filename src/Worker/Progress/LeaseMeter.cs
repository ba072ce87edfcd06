using System.Diagnostics;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Progress;

/// <summary>What has really been done for a lease: counted by whoever does it, on any thread.</summary>
/// <param name="trace">The coordinator's span of the lease, as it names it; empty where it is not traced.</param>
internal sealed class LeaseMeter(string trace = "")
{
    private long _steps;
    private long _ownSteps;
    private long _fetched;
    private int _stage = (int)Stage.Queued;

    /// <summary>Rises with every piece of work: bytes fetched, chunks read, batches scored, rows written.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>Those that need device or disk of this machine, and not the network alone.</summary>
    public long OwnSteps => Interlocked.Read(ref _ownSteps);

    public long FetchedBytes => Interlocked.Read(ref _fetched);

    public Stage Stage => (Stage)Volatile.Read(ref _stage);

    /// <summary>What is done for it is a part of this span of the coordinator's.</summary>
    public ActivityContext Trace { get; } =
        ActivityContext.TryParse(trace, traceState: null, isRemote: true, out var context) ? context : default;

    public void Step()
    {
        Interlocked.Increment(ref _steps);
        if (Stage is not (Stage.Fetching or Stage.Uploading))
            Interlocked.Increment(ref _ownSteps);
    }

    public void Fetched(int bytes)
    {
        Interlocked.Add(ref _fetched, bytes);
        Step();
    }

    public void Enter(Stage stage)
    {
        Volatile.Write(ref _stage, (int)stage);
        Step();
    }

    /// <summary>A step for every element that is taken.</summary>
    public IEnumerable<T> Count<T>(IEnumerable<T> elements)
    {
        foreach (var element in elements)
        {
            Step();
            yield return element;
        }
    }
}

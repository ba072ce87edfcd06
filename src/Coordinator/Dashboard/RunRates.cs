namespace FineWebTorch.Coordinator.Dashboard;

/// <summary>How fast a run goes now.</summary>
/// <param name="DocumentsPerSecond">0 while nothing is known.</param>
/// <param name="Remaining">Null while nothing is known.</param>
/// <param name="ByWorker">Documents a second by worker id.</param>
internal sealed record RunRates(
    double DocumentsPerSecond,
    double TokensPerSecond,
    TimeSpan? Remaining,
    IReadOnlyDictionary<string, double> ByWorker);

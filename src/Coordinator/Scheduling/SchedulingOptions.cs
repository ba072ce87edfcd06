namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>The limits that scheduling goes by.</summary>
/// <param name="HeartbeatTimeout">A worker silent for so long loses its leases.</param>
internal sealed record SchedulingOptions(TimeSpan HeartbeatTimeout)
{
    /// <summary>
    /// A file is set aside after so many failures. They are failures of different workers wherever enough are
    /// connected: a worker gets a file again only when everyone else here has failed on it too.
    /// </summary>
    public int MaxFailures { get; init; } = 3;

    /// <summary>
    /// A file is set aside after so many workers in a row vanished before they got anything done on it. Higher than
    /// <see cref="MaxFailures"/>, since machines that are taken away are not the file's fault.
    /// </summary>
    public int MaxLostInARow { get; init; } = 10;

    /// <summary>Wait after the first failure of a file; doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);
}

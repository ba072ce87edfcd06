namespace FineWebTorch.Hub;

/// <summary>
/// Who may send a request now. The Hub counts requests by account, so one budget serves all machines that use one
/// token; what stands behind this interface may be far away.
/// </summary>
public interface IHubBudget
{
    /// <summary>Returns once a request of this bucket may be sent, and counts it.</summary>
    ValueTask AcquireAsync(HubBucket bucket, CancellationToken cancellationToken);

    /// <summary>Takes note of what an answer said about a bucket.</summary>
    void Report(HubBucket bucket, int remaining, TimeSpan reset);
}

using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Keeps what the coordinator says.</summary>
internal sealed class FakeSession : IWorkerSession
{
    public List<CoordinatorMessage> Received { get; } = [];

    public bool IsClosed { get; private set; }

    /// <summary>The first that it was closed with; null where its end was an orderly one.</summary>
    public string? Error { get; private set; }

    public IEnumerable<ScoreLease> ScoreLeases => Received.Select(m => m.ScoreLease).OfType<ScoreLease>();

    public IEnumerable<BuildLease> BuildLeases => Received.Select(m => m.BuildLease).OfType<BuildLease>();

    public IEnumerable<LeaseRevoked> Revoked => Received.Select(m => m.LeaseRevoked).OfType<LeaseRevoked>();

    public IEnumerable<LeaseShrunk> Shrunk => Received.Select(m => m.LeaseShrunk).OfType<LeaseShrunk>();

    public int Acknowledged => Received.Count(message => message.ScoresStored is not null);

    public Rejection? Rejection => Received.Select(m => m.Rejection).OfType<Rejection>().SingleOrDefault();

    public Welcome Welcome => Received.Select(m => m.Welcome).OfType<Welcome>().Last();

    public void Send(CoordinatorMessage message) => Received.Add(message);

    public void Close(string? error = null)
    {
        IsClosed = true;
        Error ??= error;
    }
}

using FineWebTorch.Common;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Access;

/// <summary>Whoever has opened a session, by what it has shown.</summary>
/// <param name="credential">Lets it in.</param>
/// <param name="key">Its id follows from it, see <see cref="WorkerKey"/>.</param>
internal sealed class Visitor(RunAccess access, Secret credential, Secret key)
{
    /// <summary>Why it may not take part, as of now: a token may be revoked at any time. Null where it may.</summary>
    public string? Fault => access.FaultOf(credential);

    /// <summary>Why what it says is not to be heard; null where it is.</summary>
    public string? FaultOf(WorkerMessage message) => message switch
    {
        // That none has been given is for others to say.
        { Hello: { WorkerId.Length: > 0 } hello } when hello.WorkerId != WorkerKey.IdOf(key) =>
            "its worker_id is not of the secret that it shows (fineweb-worker): it is another worker's",
        { Heartbeat: not null } => Fault,
        _ => null,
    };
}

using System.Net;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>All options of <c>coordinator run</c>, checked.</summary>
/// <param name="InputText">As the user wrote it, for messages.</param>
/// <param name="RunFolder">Absolute.</param>
internal sealed record RunOptions(
    RunIdentity Identity,
    string InputText,
    string ModelText,
    string RunFolder,
    IPEndPoint Listen,
    bool Insecure,
    int LocalWorkers,
    bool DryRun,
    bool Json,
    TimeSpan HeartbeatTimeout,
    PublishOptions Publish);

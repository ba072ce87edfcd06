using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>Sends the builder of a shard all scores of its file, whoever computed them.</summary>
internal sealed class ScoreServer(RunLoop loop, SqliteLedger ledger)
{
    /// <exception cref="RpcException">The fencing token is not of a valid build lease.</exception>
    public async Task SendAsync(
        ulong fence, IAsyncStreamWriter<WindowScores> destination, CancellationToken cancellationToken)
    {
        var ticket = await loop.AskAsync<ShardTicket?>(
            answer => new RunCommand.FindBuild(fence, answer), cancellationToken);
        if (ticket is not { Delivered: null })
            throw new RpcException(new Status(
                StatusCode.FailedPrecondition, $"{fence} is not the fencing token of a valid build lease"));
        foreach (var (window, scores) in ledger.ReadScores(ticket.File.Index))
        {
            await destination.WriteAsync(
                new WindowScores
                {
                    Window = (uint)window,
                    Scores = UnsafeByteOperations.UnsafeWrap(LittleEndian.FromFloats(scores)),
                },
                cancellationToken);
        }
    }
}

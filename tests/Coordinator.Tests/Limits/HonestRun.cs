using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Limits;

/// <summary>What goes on while others misbehave: a worker that does all the work of a run.</summary>
internal static class HonestRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("these are the bytes of a shard");

    /// <summary>Does what there is to do, from the first Hello to the end of the run.</summary>
    /// <param name="credential">Lets it in, where not everyone is.</param>
    public static async Task ToItsEndAsync(RunHost host, Secret credential = default)
    {
        using var worker = host.Worker("honest", credential);
        await worker.JoinAsync();
        await worker.SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        while (true)
        {
            var message = await worker.NextAsync();
            if (message.ScoreLease is { } lease)
                await ScoreAsync(worker, lease);
            else if (message.BuildLease is { } build)
                await BuildAsync(worker, build);
            else if (message.RunOver is not null)
                break;
            else
                continue;
            await worker.SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        }

        await host.Loop.Over.WaitAsync(Patience);
    }

    public static async Task ScoreAsync(FakeWorker worker, ScoreLease lease)
    {
        await worker.SayAsync(new WorkerMessage
        {
            FileOpened = new FileOpened
            {
                Fence = lease.Fence,
                Rows = lease.File.Rows,
                Sha256 = await Sha256.OfFileAsync(lease.File.Path),
            },
        });
        await worker.ScoreAsync(
            lease, [.. Enumerable.Range((int)lease.FirstWindow, (int)(lease.EndWindow - lease.FirstWindow))]);
        await worker.EndLeaseAsync(lease.Fence, Outcome.Completed);
    }

    private static async Task BuildAsync(FakeWorker worker, BuildLease build)
    {
        var scores = await worker.ReadScoresAsync(build.Fence);
        await worker.DeliverAsync(worker.Describe(build, Shard, scores), Shard);
    }

    /// <summary>For what happens on the coordinator's side without a message to wait for.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(2, patience.Token);
    }
}

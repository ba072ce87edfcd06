using System.Security.Cryptography;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A scripted worker that scores every lease and writes real shards.</summary>
internal sealed class HubBuilder(HubRun hub)
{
    /// <summary>How a shard is handed over; in place on the coordinator's disk by default.</summary>
    public Func<FakeWorker, BuildLease, ShardDescription, Task> HandOver { get; init; } = InPlaceAsync;

    /// <summary>Called with every lease that is granted.</summary>
    public Func<FakeWorker, CoordinatorMessage, Task> OnLease { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Until the run is over.</summary>
    public async Task WorkAsync(FakeWorker worker)
    {
        await worker.JoinAsync();
        while (await AskAsync(worker) is var message && message.RunOver is null)
        {
            await OnLease(worker, message);
            if (message.ScoreLease is { } score)
            {
                await worker.ScoreAsync(score, [.. Enumerable.Range(
                    (int)score.FirstWindow, (int)(score.EndWindow - score.FirstWindow))]);
                await worker.EndLeaseAsync(score.Fence, LeaseEnded.Types.Outcome.Completed);
            }
            else
                await HandOver(worker, message.BuildLease, await BuildAsync(worker, message.BuildLease));
        }

        await worker.LeaveAsync();
    }

    private static async Task<CoordinatorMessage> AskAsync(FakeWorker worker)
    {
        var message = await worker.RequestAsync();
        // That others have got a part of an earlier lease is no answer.
        while (message.LeaseShrunk is not null || message.LeaseRevoked is not null)
            message = await worker.NextAsync();
        return message;
    }

    public static Task InPlaceAsync(FakeWorker worker, BuildLease lease, ShardDescription description)
    {
        description.InPlace = true;
        return worker.DeliverAsync(description, []);
    }

    /// <summary>By the signed addresses, as real workers do.</summary>
    public static async Task UploadAsync(FakeWorker worker, BuildLease lease, ShardDescription description)
    {
        Assert.True(lease.Upload);
        var plan = await worker.Client.PlanUploadAsync(new PlanUploadRequest
        {
            Fence = lease.Fence,
            Size = description.Size,
            Sha256 = description.Sha256,
        }, worker.Session);
        var actions = new UploadActions(
            new LfsObject(description.Sha256, (long)description.Size),
            plan.UploadUrl.Length > 0 ? plan.UploadUrl : null,
            plan.ChunkSize > 0 ? (long)plan.ChunkSize : null,
            plan.PartUrls, null);
        using var transport = new HubTransport();
        transport.Guard.Trust(new Uri(plan.Endpoint));
        await new ObjectUploader(transport).UploadAsync(lease.StagingPath, actions);
        description.Uploaded = true;
        await worker.DeliverAsync(description, []);
    }

    private async Task<ShardDescription> BuildAsync(FakeWorker worker, BuildLease lease)
    {
        var scores = await worker.ReadScoresAsync(lease.Fence);
        var kept = scores.Select((score, row) => (score, row))
            .Where(one => KeepRule.IntScore(3).Keeps(one.score))
            .Select(one => new ScoredRow(one.row, one.score, EduScore.ToIntScore(one.score)));
        var result = ShardWriter.Write(
            new ShardRequest(
                hub.Sample["in", Path.GetFileName(lease.File.Name)], lease.StagingPath, "text", "score", "int_score",
                false, 0, lease.Metadata),
            kept, CancellationToken.None);
        var bytes = await File.ReadAllBytesAsync(lease.StagingPath);
        Assert.Equal(result.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var description = worker.Describe(lease, bytes, scores);
        description.ArrowBytes = (ulong)result.ArrowBytes;
        description.Warnings.Clear();
        description.Warnings.AddRange(result.Warnings);
        return description;
    }
}

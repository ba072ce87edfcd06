using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>
/// Takes a finished shard over: checks its bytes, lets the ledger know it, moves it to its place, writes the manifest,
/// and has the ledger mark the file done, in this order. A crash at any point leaves something that the next start
/// can finish or repeat.
/// </summary>
/// <param name="runDigest">Of the run as it is now.</param>
internal sealed class ShardReceiver(
    RunLoop loop, RunPlaces places, ShardPublisher publisher, OutputWatch watch, Func<string> runDigest,
    HubOutput? hub = null)
{
    private long _deliveries;

    /// <param name="session">Secret of the session that the lease is bound to.</param>
    /// <exception cref="RpcException">The lease is not valid, or the shard is not as it was described.</exception>
    public async Task ReceiveAsync(
        Secret session, IAsyncStreamReader<ShardPart> parts, CancellationToken cancellationToken)
    {
        if (!await parts.MoveNext(cancellationToken) ||
            parts.Current.PartCase != ShardPart.PartOneofCase.Description)
            throw Refused("a shard's description comes first");
        var description = parts.Current.Description;
        var ticket = await loop.FindBuildAsync(session, description.Fence, cancellationToken);
        if (description.RunDigest != runDigest())
            throw Refused("the shard was made for another run");
        if (ticket?.Delivered is { } delivered && delivered.Sha256 == description.Sha256)
        {
            // The receipt got lost on the way. The worker is heard out, since it does not expect an answer before.
            while (await parts.MoveNext(cancellationToken))
            {
            }

            return;
        }

        if (ticket?.Refusal is { } late)
        {
            Discard(description.Fence);
            throw Refused(late);
        }

        if (ticket is not { Delivered: null })
            throw Refused($"build lease {description.Fence} has ended or gone to another worker");
        if (ShardChecks.FaultOf(description, ticket.File) is { } fault)
            throw Refused(fault);

        if (description.Uploaded)
        {
            await ConfirmAsync(description, cancellationToken);
            await CommitAsync(staged: null, Describe(ticket.File, description));
        }
        else if (description.InPlace)
            await TakeAsync(places.StagingOf(description.Fence), ticket.File, description, cancellationToken);
        else
            await TakeStreamedAsync(parts, ticket.File, description, cancellationToken);
    }

    private async Task TakeStreamedAsync(
        IAsyncStreamReader<ShardPart> parts, FileRecord file, ShardDescription description,
        CancellationToken cancellationToken)
    {
        // A name of its own: a worker may try again before the first attempt has been given up.
        var received = $"{places.StagingOf(description.Fence)}.received-{Interlocked.Increment(ref _deliveries)}";
        try
        {
            await SaveAsync(parts, received, description, cancellationToken);
            await TakeAsync(received, file, description, cancellationToken);
        }
        catch (IOException failure) when (IsOurDisks(failure))
        {
            watch.Failed(failure, (long)description.Size);
            throw Away(failure);
        }
        finally
        {
            File.Delete(received);
        }
    }

    private async Task TakeAsync(
        string staged, FileRecord file, ShardDescription description, CancellationToken cancellationToken)
    {
        await CheckAsync(staged, description, cancellationToken);
        // From here on the worker's connection no longer matters.
        await CommitAsync(staged, Describe(file, description));
    }

    private async Task ConfirmAsync(ShardDescription description, CancellationToken cancellationToken)
    {
        var blob = new LfsObject(description.Sha256, (long)description.Size);
        if (hub is null || !Sha256.IsOne(blob.Oid) || !await hub.ConfirmAsync(blob, cancellationToken))
            throw Refused("the Hub's storage does not hold the shard");
        // Where the worker wrote it to upload it from.
        File.Delete(places.StagingOf(description.Fence));
    }

    private static async Task SaveAsync(
        IAsyncStreamReader<ShardPart> parts, string path, ShardDescription description,
        CancellationToken cancellationToken)
    {
        // Nothing of that name is there, not even a link.
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await foreach (var part in parts.ReadAllAsync(cancellationToken))
        {
            if ((ulong)file.Length + (ulong)part.Data.Length > description.Size)
                throw Refused($"more bytes came than the {description.Size} that were announced");
            await file.WriteAsync(part.Data.Memory, cancellationToken);
        }
    }

    private static async Task CheckAsync(
        string path, ShardDescription description, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is not null)
                throw Refused("the shard is a link: its content would be another's to change");
            // Written to disk before the ledger says it is there.
            await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            if ((ulong)file.Length != description.Size)
                throw Refused($"the shard has {file.Length} bytes instead of {description.Size}");
            var sha256 = await Sha256.OfAsync(file, cancellationToken);
            if (sha256 != description.Sha256)
                throw Refused($"the shard's sha256 is {sha256} instead of {description.Sha256}");
            file.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException ||
            (exception is IOException && !IsOurDisks(exception)))
        {
            throw Refused($"the shard cannot be read: {exception.Message}");
        }
    }

    private async Task CommitAsync(string? staged, ShardRecord shard)
    {
        var prepared = await loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
        if (prepared.Ticket is not { } ticket)
            throw Refused(prepared.Refusal!);
        using var span = Instrumentation.Begin("commit", ticket.Trace);
        string? error = null;
        try
        {
            await publisher.PublishAsync(staged, shard, ticket, CancellationToken.None);
            watch.Placed();
            if (ticket.Second is { } second)
                Discard(second);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            watch.Failed(exception, shard.Size);
            // The next start finds out how far it came.
            if (DiskFaults.IsFull(exception))
                throw Away(exception);
            error = ErrorLine.Describe(exception).Line;
            span.Fail(error);
        }

        await loop.AskAsync(answer => new RunCommand.FinishShard(shard.File, error, answer));
        if (error is not null)
            throw new RpcException(new Status(StatusCode.Internal, error));
    }

    /// <summary>Removes what a worker has written in place that another was faster than.</summary>
    private void Discard(ulong fence)
    {
        try
        {
            File.Delete(places.StagingOf(fence));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It goes with the staging folder at the run's end.
        }
    }

    private static bool IsOurDisks(Exception failure) =>
        failure is IOException and not FileNotFoundException && MachineFaults.Is(failure);

    /// <summary>The run is about to stop, and whoever hands the shard over may do so when it goes on.</summary>
    private static RpcException Away(Exception failure) =>
        new(new Status(StatusCode.Unavailable, ErrorLine.Describe(failure).Line));

    private static ShardRecord Describe(FileRecord file, ShardDescription description) => new(
        file.Index,
        file.ShardName,
        description.Fence,
        (long)description.Size,
        description.Sha256,
        (long)description.RowsIn,
        (long)description.RowsKept,
        (long)description.RowsUnscorable,
        [.. description.Warnings.Select(MessageChecks.Clean)],
        Done: false)
    {
        ArrowBytes = (long)description.ArrowBytes,
    };

    private static RpcException Refused(string reason) => new(new Status(StatusCode.FailedPrecondition, reason));
}

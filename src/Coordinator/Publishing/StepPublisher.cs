using System.Data.Common;
using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>
/// Commits a run's shards and manifests to its pull request while others are still being made: before the first of
/// them has waited so long that storage might drop it. A step that fails costs nothing and is tried again.
/// </summary>
/// <param name="safe">Shards that are committed already.</param>
internal sealed class StepPublisher(
    HubOutput output, RunPullRequest pullRequest, ILedger ledger, RunCore core, RunPlaces places,
    IRunObserver observer, TimeProvider time, int safe)
{
    /// <summary>Between two looks at what waits.</summary>
    private readonly TimeSpan _look = Least(TimeSpan.FromMinutes(1), output.Options.Every / 3);

    /// <summary>Between a step that failed and the next.</summary>
    private readonly TimeSpan _pause = Least(TimeSpan.FromMinutes(10), output.Options.Every);

    private readonly ShardRebuilder _rebuilder = new(output, ledger, core, places, observer);
    private int _safe = safe;
    private string? _told;

    /// <summary>Where shards are safe; null while they are nowhere.</summary>
    public SafeShards? Safe => _safe > 0 && pullRequest.Number is { } number
        ? new SafeShards(_safe, PullRequest.RevisionOf(number))
        : null;

    /// <summary>Commits in steps while something is done. A step that is under way at its end is finished.</summary>
    /// <param name="loop">Writes the ledger.</param>
    /// <param name="serve">What is done.</param>
    /// <param name="interrupted">The step under way is given up.</param>
    public async Task<T> WhileAsync<T>(RunLoop loop, Func<Task<T>> serve, CancellationToken interrupted)
    {
        using var ending = new CancellationTokenSource();
        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var steps = RunAsync(changes => NoteAsync(loop, changes, givenUp.Token), ending.Token, givenUp.Token);
        try
        {
            return await serve();
        }
        catch
        {
            await givenUp.CancelAsync();
            throw;
        }
        finally
        {
            await ending.CancelAsync();
            await steps;
        }
    }

    /// <summary>Commits what waits, if some of it has waited long enough.</summary>
    public async Task CommitAsync(LedgerNote note, CancellationToken cancellationToken)
    {
        var waiting = ledger.ReadUncommittedShards();
        if (waiting.Count == 0 || time.GetUtcNow() - waiting.Min(shard => shard.Built) < output.Options.Every)
            return;
        await pullRequest.FindAsync(note, cancellationToken);
        foreach (var shards in waiting.Chunk(output.Options.FilesPerCommit))
        {
            await pullRequest.SendAsync([Request(shards)], note, (lost, token) =>
                _rebuilder.RestoreAsync(lost, shards, token), cancellationToken);
            await note(new LedgerChange.ShardsCommitted(pullRequest.Number!.Value, [.. shards.Select(shard => shard.File)]));
            _safe += shards.Length;
            observer.Observe(new RunEvent.ShardsCommitted(shards.Length, _safe, core.Files.Count, Safe!.Revision));
        }
    }

    private async Task RunAsync(LedgerNote note, CancellationToken ending, CancellationToken givenUp)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_look, time, ending);
                if (!await TryAsync(note, givenUp))
                    await Task.Delay(_pause, time, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested || givenUp.IsCancellationRequested)
        {
            // Whatever waits is published at the end, or by the next session.
        }
        catch (ChannelClosedException)
        {
            // The loop has failed, and tells why.
        }
    }

    /// <summary>Returns when the ledger has it, which is the loop's to write while there is one.</summary>
    private static Task NoteAsync(
        RunLoop loop, IReadOnlyList<LedgerChange> changes, CancellationToken cancellationToken) =>
        loop.AskAsync(answer => new RunCommand.NotePublication(changes, answer), cancellationToken);

    private async Task<bool> TryAsync(LedgerNote note, CancellationToken interrupted)
    {
        try
        {
            await CommitAsync(note, interrupted);
            _told = null;
            return true;
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or UserErrorException or DbException)
        {
            // Once, however long it lasts; the Hub's messages differ by the numbers of requests.
            var what = exception is HubException failure ? failure.Kind.ToString() : exception.Message;
            if (what != _told)
                observer.Observe(new RunEvent.Warning(
                    $"shards wait to be committed, which is tried again every {NumberText.Duration(_pause)}: " +
                    exception.Message));
            _told = what;
            return false;
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private CommitRequest Request(IReadOnlyList<ShardRecord> shards) => new()
    {
        Repository = output.Repository,
        Revision = output.Revision,
        // The first one's is the pull request's title, and with it that of the merge.
        Summary = PublicationPlan.Summary(output, core, core.Files.Count),
        Description = PublicationPlan.Description(core),
        Operations = [
            .. shards.Select(shard => new CommitOperation.AddLfsFile(shard.Name, shard.Sha256, shard.Size)),
            .. shards.Select(shard => new CommitOperation.AddFile(
                PublishedShard.ManifestOf(shard.Name), File.ReadAllBytes(places.ManifestPath(shard.Name))))],
    };
}

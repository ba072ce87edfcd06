using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>
/// Keeps so many workers of a run among a cluster's jobs until the run is over. It knows nothing that it could not ask for
/// again: another one finds the jobs by their name and goes on.
/// </summary>
/// <param name="slurm">Asked at every step.</param>
/// <param name="look">How the run stands.</param>
/// <param name="count">How many jobs there are to be, as of now.</param>
/// <param name="words">Tells of what happens.</param>
/// <param name="options">Of the command.</param>
/// <param name="exclude">Nodes that a person wants no worker on.</param>
internal sealed class SlurmKeeper(
    ISlurm slurm, Func<RunSight> look, Func<int> count, SlurmWords words, KeeperOptions options,
    IReadOnlyList<string> exclude) : Keeper<SlurmWords>(options, words)
{
    /// <summary>A job whose processes do not end holds its node, perhaps for good.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(2);

    /// <summary>A worker has something to show by then.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>Those that had not ended at the last look.</summary>
    private readonly Dictionary<string, SlurmJob> _known = new(StringComparer.Ordinal);

    /// <summary>Those that had ended and that Slurm still lists.</summary>
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _ending = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cancelled = new(StringComparer.Ordinal);
    private readonly NodeFailures _nodes = new();
    private readonly Replacements _replacements = new(options.Time, options.Random);

    /// <summary>The array that was submitted last, until it is listed.</summary>
    private string? _unseen;

    private bool _hasLooked;

    protected override async Task<int?> TendAsync(CancellationToken cancellation)
    {
        var run = look();
        var wanted = count();
        var isEnd = run.Stage == RunStage.Over || wanted == 0 || IsAbandoned(run.Stage);
        var jobs = await slurm.ListAsync(cancellation);
        Note(jobs, run);
        List<SlurmJob> alive = [.. jobs.Where(IsAlive)];
        if (isEnd)
            return await EndAsync(run.Stage, alive, cancellation);
        await FreeStuckAsync(alive, run, cancellation);
        await KeepOffAsync(alive, cancellation);
        alive.RemoveAll(job => _cancelled.Contains(job.Id));
        if (run.Stage == RunStage.Working && alive.Count < wanted)
            await AddAsync(wanted - alive.Count, alive, cancellation);
        else if (alive.Count > wanted)
            await ReduceAsync(alive, wanted, cancellation);
        Words.Count(alive, wanted);
        return null;
    }

    private async Task<int> EndAsync(RunStage stage, List<SlurmJob> alive, CancellationToken cancellation)
    {
        if (alive.Count > 0)
            await slurm.CancelAsync([.. alive.Select(job => job.Id)], cancellation);
        Words.End(stage, alive.Count);
        return stage == RunStage.Away && count() > 0 ? ExitCode.NoCoordinator : ExitCode.Success;
    }

    private bool IsAlive(SlurmJob job)
    {
        if (job.Phase != JobPhase.Ending)
            _ending.Remove(job.Id);
        else if (!_ending.TryAdd(job.Id, Options.Time.GetTimestamp()))
            return Options.Time.GetElapsedTime(_ending[job.Id]) < LongestEnd;
        return job.Phase != JobPhase.Ended;
    }

    /// <summary>Tells what has become of the jobs, and takes those that failed into account.</summary>
    private void Note(IReadOnlyList<SlurmJob> jobs, RunSight run)
    {
        if (!_hasLooked)
            Adopt(jobs);
        var listed = jobs.Select(job => job.Id).ToHashSet(StringComparer.Ordinal);
        // One may have begun and ended since the last look; what was refused at once has seen no node.
        List<SlurmJob> ended =
        [
            .. jobs.Where(job => job.Phase == JobPhase.Ended && !_ended.Contains(job.Id) &&
                (job.Node.Length > 0 || _known.ContainsKey(job.Id))),
            .. _known.Values.Where(job => !listed.Contains(job.Id)).Select(job => job with { State = SlurmWords.Forgotten }),
        ];
        List<SlurmJob> back = [.. jobs.Where(job => job.Phase == JobPhase.Waiting && !job.IsStuck &&
            _known.GetValueOrDefault(job.Id)?.Phase is JobPhase.Running or JobPhase.Ending)];
        Remember(jobs);
        Words.TakenBack(back);
        Words.Ended([.. ended.Where(job => !_cancelled.Contains(job.Id))]);
        _cancelled.ExceptWith(ended.Select(job => job.Id));
        Judge([.. ended.Where(job => job.HasFailed)], run);
        See(jobs, run);
    }

    /// <summary>
    /// Jobs that are gone before anybody sees them would be replaced for ever: they end at once and Slurm forgets them, or
    /// something gives them another name.
    /// </summary>
    private void See(IReadOnlyList<SlurmJob> jobs, RunSight run)
    {
        var isSeen = _unseen is null || jobs.Any(job => job.Id.StartsWith(_unseen + "_", StringComparison.Ordinal));
        if (isSeen)
            return;
        _replacements.Fail(run.Progress);
        if (_replacements.Rounds >= Replacements.Most && _known.Count == 0)
            throw new UserErrorException(Words.Unseen(_unseen!));
        _unseen = null;
    }

    private void Adopt(IReadOnlyList<SlurmJob> jobs)
    {
        _hasLooked = true;
        Remember(jobs);
        Words.Found([.. _known.Values]);
        _nodes.Adopt(_known.Values.SelectMany(job => job.Excluded).Except(exclude));
    }

    private void Remember(IReadOnlyList<SlurmJob> jobs)
    {
        _known.Clear();
        _ended.Clear();
        foreach (var job in jobs)
            if (job.Phase == JobPhase.Ended)
                _ended.Add(job.Id);
            else
                _known.TryAdd(job.Id, job);
    }

    private void Judge(IReadOnlyList<SlurmJob> failed, RunSight run)
    {
        // Workers that find no coordinator are not to blame while there is none.
        if (run.Stage != RunStage.Working)
            return;
        // What happens to all jobs of a node at once has happened once.
        foreach (var same in failed.GroupBy(job => job.Node))
            _nodes.Add(same.Last(), run.Progress);
        if (failed.Count > 0 && !run.IsPaused)
            _replacements.Fail(run.Progress);
        foreach (var job in _nodes.Judge(run.Progress))
            Words.Exclude(job);
        if (_replacements.Rounds >= Replacements.Most &&
            !_known.Values.Any(job => job.Phase == JobPhase.Running && job.Elapsed >= Settled) && failed.Count > 0)
            throw new UserErrorException(Words.Hopeless(failed[^1]));
    }

    /// <summary>What Slurm holds because it could not start it is of no use.</summary>
    private async Task FreeStuckAsync(List<SlurmJob> alive, RunSight run, CancellationToken cancellation)
    {
        List<SlurmJob> stuck = [.. alive.Where(job => job.IsStuck && !_cancelled.Contains(job.Id))];
        if (stuck.Count == 0)
            return;
        Words.Stuck(stuck);
        _replacements.Fail(run.Progress);
        await CancelAsync(stuck, cancellation);
    }

    /// <summary>Jobs that wait learn of nodes that were excluded after they were submitted.</summary>
    private async Task KeepOffAsync(List<SlurmJob> alive, CancellationToken cancellation)
    {
        if (_nodes.Excluded.Count == 0)
            return;
        List<string> unaware = [.. alive
            .Where(job => job.Phase == JobPhase.Waiting && !Excluded().All(job.Excluded.Contains)).Select(job => job.Id)];
        if (unaware.Count > 0)
            await slurm.ExcludeAsync(unaware, Excluded(), cancellation);
    }

    private List<string> Excluded() => [.. exclude.Union(_nodes.Excluded)];

    private async Task AddAsync(int missing, List<SlurmJob> alive, CancellationToken cancellation)
    {
        if (!_replacements.AreDue)
            return;
        for (; missing > 0; missing -= SlurmScript.LongestArray)
        {
            var some = Math.Min(missing, SlurmScript.LongestArray);
            try
            {
                _unseen = await slurm.SubmitAsync(some, Excluded(), cancellation);
                Words.Submitted(_unseen, some);
            }
            catch (SlurmRefusedException refused)
            {
                if (alive.Count == 0)
                    throw new UserErrorException($"Slurm does not take the jobs: {refused.Message}", inner: refused);
                // Those that there are do the work.
                throw new AwayException($"it takes no more jobs: {refused.Message}");
            }
        }
    }

    /// <summary>Those that wait go first, then those that have begun last.</summary>
    private async Task ReduceAsync(List<SlurmJob> alive, int wanted, CancellationToken cancellation)
    {
        List<SlurmJob> surplus = [.. alive.Where(job => job.Phase != JobPhase.Ending)
            .OrderBy(job => job.Phase).ThenBy(job => job.Elapsed).Take(alive.Count - wanted)];
        Words.Surplus(surplus.Count);
        await CancelAsync(surplus, cancellation);
        alive.RemoveAll(surplus.Contains);
    }

    private async Task CancelAsync(List<SlurmJob> jobs, CancellationToken cancellation)
    {
        await slurm.CancelAsync([.. jobs.Select(job => job.Id)], cancellation);
        _cancelled.UnionWith(jobs.Select(job => job.Id));
    }
}

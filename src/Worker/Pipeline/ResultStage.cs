using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Waits for the batches on the device, one after another, and hands their scores on.</summary>
/// <param name="ended">Called with the last item of a task.</param>
internal sealed class ResultStage(
    LockedScorer scorer, DeviceRoom room, DeviceClock clock, PipelineStatistics statistics, TimeProvider time,
    IScoreSink sink, WindowPool pool, Action<ScoreTask> ended)
{
    private readonly DeviceUseMeter _meter = new(statistics, time);

    public void Take(InFlight step)
    {
        switch (step.Step)
        {
            case Step.Score batch:
                Try(batch.Item, () => Finish(step, batch));
                break;
            case Step.Report report:
                statistics.Add(new PipelineTotals { Documents = report.Scores.Rows.Length });
                Try(report.Item, () => sink.BatchScored(report.Item.Task, report.Scores));
                break;
            case Step.End { Item: { Window: { } window } item }:
                if (!item.IsCut)
                    Try(item, () => clock.Write(() => sink.WindowScored(item.Task, window)));
                pool.Return(window);
                break;
            default:
                End(step.Step.Item);
                break;
        }
    }

    private void Finish(InFlight step, Step.Score batch)
    {
        var scored = Wait(step, batch);
        var window = batch.Item.Window!;
        for (var i = 0; i < batch.Rows.Length; i++)
        {
            if (!float.IsFinite(scored.Scores[i]))
                scored.Scores[i] = ScoreAgain(window.TokensOf(batch.Rows[i]));
        }

        clock.Write(() => sink.BatchScored(batch.Item.Task, new BatchScores(
            window.Index, batch.Rows, scored.Scores, batch.Tokens, scored.NumericClass)));
    }

    private DeviceScores Wait(InFlight step, Step.Score batch)
    {
        try
        {
            // A device that computes while it is called was done before this thread came to see.
            var wasCompleted = step.Pending!.IsCompleted;
            var scored = step.Pending.Wait();
            var end = wasCompleted ? step.Given : time.GetTimestamp();
            _meter.Add(batch.Item.Task, step.Began, end, step.Before, new PipelineTotals
            {
                Documents = batch.Rows.Length,
                Tokens = batch.Tokens,
                Positions = batch.Batch.Tokens,
                Busy = scored.DeviceTime ?? TimeSpan.Zero,
            });
            return scored;
        }
        finally
        {
            clock.BatchEnded();
            room.Release();
        }
    }

    private float ScoreAgain(ReadOnlySpan<int> ids)
    {
        var score = scorer.ScoreAlone(ids);
        return float.IsFinite(score) ? score : EduScore.Unscorable(UnscorableReason.NotFinite);
    }

    private void End(WorkItem item)
    {
        item.Task.DeviceUse = _meter.Take(item.Task);
        ended(item.Task);
        sink.TaskEnded(item.Task, item.Task.Failure ?? item.Failure);
    }

    private static void Try(WorkItem item, Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever is wrong with one file, or one batch, must not end the worker
        catch (Exception failure)
#pragma warning restore CA1031
        {
            item.IsCut = true;
            item.Task.Fail(failure);
        }
    }
}

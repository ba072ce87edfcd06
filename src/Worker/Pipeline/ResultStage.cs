using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Waits for the batches on the device, one after another, and hands their scores on.</summary>
/// <param name="ended">Called with the last item of a task.</param>
internal sealed class ResultStage(
    DeviceQueue device, DeviceClock clock, PipelineStatistics statistics, TimeProvider time,
    IScoreSink sink, WindowPool pool, Action<ScoreTask> ended)
{
    private readonly DeviceUseMeter _meter = new(statistics, time);

    public void Take(Step step)
    {
        switch (step)
        {
            case Step.Score batch:
                Try(batch.Item, () => Finish(batch));
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
                End(step.Item);
                break;
        }
    }

    private void Finish(Step.Score batch)
    {
        var scores = Wait(batch);
        batch.Item.Task.Progressed();
        var window = batch.Item.Window!;
        for (var i = 0; i < batch.Rows.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
                scores[i] = ScoreAlone(window.TokensOf(batch.Rows[i]));
        }

        Instrumentation.Scored(scores);
        clock.Write(() => sink.BatchScored(batch.Item.Task, new BatchScores(
            window.Index, batch.Rows, scores, [.. batch.Rows.Select(row => window.TokensOf(row).Length)], ClassOf(batch))));
    }

    /// <summary>A probe has a plan of its own: its batches are parts of others.</summary>
    private static string ClassOf(Step.Score batch) => batch.Item.Task.Probe is null
        ? batch.Queued!.NumericClass
        : batch.Queued!.NumericClassOfParts;

    private float[] Wait(Step.Score batch)
    {
        var queued = batch.Queued!;
        try
        {
            var scores = queued.Wait();
            var work = new PipelineTotals
            {
                Documents = batch.Rows.Length,
                Tokens = batch.Tokens,
                Positions = batch.Batch.Tokens,
                Busy = queued.DeviceTime ?? TimeSpan.Zero,
                Batches = 1,
            };
            var task = batch.Item.Task;
            PipelineInstruments.Computed(
                task, queued.DeviceTime ?? time.GetElapsedTime(queued.Began, queued.Ended), task.NextBatch(), work);
            _meter.Add(task, queued.Began, queued.Ended, batch.Before, work);
            return scores;
        }
        finally
        {
            clock.BatchEnded();
        }
    }

    private float ScoreAlone(ReadOnlySpan<int> ids)
    {
        var score = device.ScoreAlone(ids);
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

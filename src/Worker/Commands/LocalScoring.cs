using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Output;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Storage;

namespace FineWebTorch.Worker.Commands;

/// <summary>Scores one file with the pipeline of a run, but prints instead of reporting.</summary>
internal static class LocalScoring
{
    /// <summary>Smaller than a run's windows, so that a slow machine shows something soon.</summary>
    private const int WindowRows = 1024;

    /// <summary>Longest wait for the batch in flight when interrupted.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(ScoreRequest request, CancellationToken cancellation)
    {
        // The cheap questions first: loading libtorch and a model takes a while.
        request.Device.Check();
        ScoreOutput.Check(request.Format, request.Output);
        using var hub = new HubConnection();
        var located = await hub.FindModelAsync(request.Model, ModelFolder.Check, cancellation);
        using var input = await ScoreInput.OpenAsync(request, hub, cancellation);
        var device = request.Device.Resolve();
        var model = Load(located.Folder, device, DtypeOf(request, device));
        foreach (var warning in model.Warnings)
            await Console.Error.WriteLineAsync($"worker: warning: {warning}");
        using var output = ScoreOutput.Create(request.Format, request.Output);
        using var progress = ScoreProgress.Start(RowsToScore(input, request));
        var sink = new PrintingSink(output.Writer, progress);
        var task = CreateTask(request, input, device);
        await ScoreAsync(model, task, sink, request.Device.TokenizerThreads, cancellation);
        if (sink.Failure is { } failure)
            DeviceErrors.Throw(device, failure);
        output.Commit();
        progress.Finish(task.DeviceUse);
    }

    private static ModelDtype DtypeOf(ScoreRequest request, ComputeDevice device)
    {
        if (ModelDtypes.TryParse(request.Dtype, out var dtype))
            return dtype;
        return device.Kind != ComputeDeviceKind.Cpu && device.SupportedDtypes.Contains(ModelDtype.Float16)
            ? ModelDtype.Float16
            : ModelDtype.Float32;
    }

    private static LoadedModel Load(string folder, ComputeDevice device, ModelDtype dtype)
    {
        var inFlight = new InFlightMemory(CacheFolder.DevicesOf(ProgramFolders.Cache));
        try
        {
            return new EduModelLoader(device, inFlight).Load(folder, dtype);
        }
        catch (Exception failure) when (failure is DeviceFailedException or DeviceMemoryException)
        {
            DeviceErrors.Throw(device, failure);
            throw; // For the compiler
        }
    }

    private static long? RowsToScore(ScoreInput input, ScoreRequest request) =>
        input.Rows is { } rows ? Math.Min(rows, request.Rows ?? rows) : request.Rows;

    private static ScoreTask CreateTask(ScoreRequest request, ScoreInput input, ComputeDevice device)
    {
        return new ScoreTask
        {
            WindowRows = WindowRows,
            TokenBudget = request.TokenBudget ?? device.TokenBudget,
            EndRow = input.Rows,
            RowLimit = request.Rows ?? long.MaxValue,
            KeepDocuments = true,
            Open = input.OpenAt,
        };
    }

    private static async Task ScoreAsync(
        LoadedModel model, ScoreTask task, PrintingSink sink, int threads, CancellationToken cancellation)
    {
        var pipeline = new ScoringPipeline(
            model.Device, model.Encoder, sink, new PipelineOptions(threads), new PipelineStatistics(),
            TimeProvider.System);
        pipeline.Add(task);
        if (await EndAsync(sink, task, pipeline, cancellation))
        {
            pipeline.Dispose();
            task.Dispose();
            // What a failed device still holds goes with the process.
            if (sink.Failure is not DeviceFailedException)
                model.Owner?.Dispose();
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <returns>
    /// False where the pipeline still runs: a read of standard input cannot be interrupted, and the process ends
    /// without waiting for it.
    /// </returns>
    private static async Task<bool> EndAsync(
        PrintingSink sink, ScoreTask task, ScoringPipeline pipeline, CancellationToken cancellation)
    {
        try
        {
            await sink.Ended.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            task.Stop();
            var patience = Task.Delay(Patience, CancellationToken.None);
            // The one window may be the reader's; a second one is on the device.
            while (!sink.Ended.IsCompleted && !patience.IsCompleted && pipeline.WindowsInMemory > 1)
                await Task.Delay(PollInterval, CancellationToken.None);
            return sink.Ended.IsCompleted;
        }
    }
}

/// <summary>Puts the scores of each window into row order and writes them.</summary>
internal sealed class PrintingSink(IScoreWriter writer, ScoreProgress progress) : IScoreSink
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[] _scores = [];

    public Task Ended => _ended.Task;

    public Exception? Failure { get; private set; }

    public void TaskRead(ScoreTask task)
    {
        // There is no next task.
    }

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        if (_scores.Length < task.WindowRows)
            _scores = new float[task.WindowRows];
        for (var i = 0; i < batch.Rows.Length; i++)
            _scores[batch.Rows[i]] = batch.Scores[i];
        progress.Add(batch.Rows.Length);
    }

    public void WindowScored(ScoreTask task, WindowBuffer window)
    {
        for (var row = 0; row < window.Rows; row++)
        {
            writer.Write(new ScoredDocument(
                window.FirstRow + row, window.ExcerptOf(row), _scores[row], window.TokenCounts[row]));
        }

        writer.Flush();
    }

    public void TaskEnded(ScoreTask task, Exception? failure)
    {
        Failure ??= failure;
        _ended.TrySetResult();
    }
}

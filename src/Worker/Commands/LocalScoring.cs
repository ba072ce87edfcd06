using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Output;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Storage;

namespace FineWebTorch.Worker.Commands;

/// <summary>Scores files with the pipeline of a run, but prints instead of reporting.</summary>
internal static class LocalScoring
{
    /// <summary>Smaller than a run's windows, so that a slow machine shows something soon.</summary>
    private const int WindowRows = 1024;

    /// <summary>Longest wait for the batch in flight when interrupted.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(
        ScoreRequest request, CommandContext context, CancellationToken cancellation)
    {
        // The cheap questions first: loading libtorch and a model takes a while.
        request.Device.Check();
        var target = ScoreTarget.Of(request.Format, request.Output);
        request = request with { Input = request.Input with { Notices = context.Notices } };
        using var set = InputSet.Find(request.Input);
        if (request.KeepsColumns)
            target = KeptColumns.Check(set, target, isChosen: (request.Format ?? request.Output) is not null);
        OutputGuard.Check(set, target.Path);
        target.Check(request.Overwrites);
        set.OpenLocal();
        using var log = WorkerLog.Open(new LogOptions(), context.Quiet, context.Verbose);
        using var hub = new HubConnection(log);
        var located = await hub.FindModelAsync(request.Model, ModelFolder.Check, cancellation);
        var inputs = await set.OpenAsync(() => hub.Access, cancellation);
        var layout = KeptColumns.Layout(
            new ScoreLayout(inputs.Count > 1, request.Input.IdColumn is not null), request, inputs, target);
        var device = request.Device.Resolve();
        var model = Load(located.Folder, device, DtypeOf(request, device));
        foreach (var warning in inputs.SelectMany(input => input.Warnings.Select(text => $"{input.Name}: {text}"))
            .Concat(model.Warnings))
            request.Input.Warn(warning);
        using var output = ScoreOutput.Create(target, layout);
        using var progress = ScoreProgress.Start(RowsToScore(inputs, request), context);
        var tasks = inputs.Select(input => CreateTask(request, input, device)).ToList();
        var names = tasks.Zip(inputs, (task, input) => (task, input.Name)).ToDictionary();
        var sink = new PrintingSink(output.Writer, progress, names, request.Model);
        var use = await ScoreAsync(model, tasks, sink, request.Device.TokenizerThreads, cancellation);
        if (sink.Failure is { } failure)
            DeviceErrors.Throw(device, failure);
        output.Commit();
        progress.Finish(use, set.BadRecords?.Count ?? 0);
    }

    /// <summary>What the device computes in where nothing else was asked for.</summary>
    public static ModelDtype FastestOf(ComputeDevice device) =>
        device.Kind != ComputeDeviceKind.Cpu && device.SupportedDtypes.Contains(ModelDtype.Float16)
            ? ModelDtype.Float16
            : ModelDtype.Float32;

    private static ModelDtype DtypeOf(ScoreRequest request, ComputeDevice device) =>
        ModelDtypes.TryParse(request.Dtype, out var dtype) ? dtype : FastestOf(device);

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

    /// <returns>Null where only reading to the end would tell.</returns>
    private static long? RowsToScore(IReadOnlyList<ScoreInput> inputs, ScoreRequest request) =>
        inputs.Any(input => input.Rows is null)
            ? null
            : inputs.Sum(input => Math.Min(input.Rows!.Value, request.Input.Rows ?? long.MaxValue));

    private static ScoreTask CreateTask(ScoreRequest request, ScoreInput input, ComputeDevice device)
    {
        return new ScoreTask
        {
            WindowRows = WindowRows,
            TokenBudget = request.TokenBudget ?? device.TokenBudget,
            EndRow = input.Rows,
            RowLimit = request.Input.Rows ?? long.MaxValue,
            KeepDocuments = true,
            Open = input.OpenAt,
        };
    }

    /// <returns>What the device did; null where it was not needed.</returns>
    private static async Task<DeviceUse?> ScoreAsync(
        LoadedModel model, IReadOnlyList<ScoreTask> tasks, PrintingSink sink, int threads,
        CancellationToken cancellation)
    {
        var (statistics, began) = (new PipelineStatistics(), TimeProvider.System.GetTimestamp());
        var pipeline = new ScoringPipeline(
            model.Device, model.Encoder, sink, new PipelineOptions(threads), statistics, TimeProvider.System);
        foreach (var task in tasks)
            pipeline.Add(task);
        if (await EndAsync(sink, pipeline, cancellation))
        {
            pipeline.Dispose();
            foreach (var task in tasks)
                task.Dispose();
            // What a failed device still holds goes with the process.
            if (sink.Failure is not DeviceFailedException)
                model.Owner?.Dispose();
        }

        cancellation.ThrowIfCancellationRequested();
        // Of several inputs, of which the batches of one follow those of another, all the time there was.
        return tasks is [var only]
            ? only.DeviceUse
            : new DeviceUse(TimeProvider.System.GetElapsedTime(began), statistics.Totals);
    }

    /// <returns>
    /// False where the pipeline still runs: a read of standard input cannot be interrupted, and the process ends
    /// without waiting for it.
    /// </returns>
    private static async Task<bool> EndAsync(
        PrintingSink sink, ScoringPipeline pipeline, CancellationToken cancellation)
    {
        try
        {
            await sink.Ended.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            sink.StopAll();
            var patience = Task.Delay(Patience, CancellationToken.None);
            // The one window may be the reader's; a second one is on the device.
            while (!sink.Ended.IsCompleted && !patience.IsCompleted && pipeline.WindowsInMemory > 1)
                await Task.Delay(PollInterval, CancellationToken.None);
            return sink.Ended.IsCompleted;
        }
    }
}

/// <summary>
/// Puts the scores of each window into row order and writes them. The first input that fails ends all.
/// </summary>
/// <param name="inputs">Every task, and what its input is called.</param>
/// <param name="model">Its name.</param>
internal sealed class PrintingSink(
    IScoreWriter writer, ScoreProgress progress, IReadOnlyDictionary<ScoreTask, string> inputs, string model)
    : IScoreSink
{
    private readonly ScoreHealth _health = new();
    private int _open = inputs.Count;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[] _scores = [];

    public Task Ended => _ended.Task;

    public Exception? Failure { get; private set; }

    public void TaskRead(ScoreTask task)
    {
        // The tasks are all there already.
    }

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        _health.Add(batch.Scores);
        if (_health.IsHopeless)
            throw Hopeless();
        if (_scores.Length < task.WindowRows)
            _scores = new float[task.WindowRows];
        for (var i = 0; i < batch.Rows.Length; i++)
            _scores[batch.Rows[i]] = batch.Scores[i];
        progress.Add(batch.Rows.Length);
    }

    public void WindowScored(ScoreTask task, WindowBuffer window)
    {
        // What comes after a fault would not be missed.
        if (Failure is not null)
            return;
        var file = inputs.Count > 1 ? inputs[task] : null;
        for (var row = 0; row < window.Rows; row++)
        {
            writer.Write(new ScoredDocument(
                window.FirstRow + row, window.ExcerptOf(row), _scores[row], window.TokenCounts[row])
            {
                File = file,
            });
        }

        writer.Flush();
    }

    public void TaskEnded(ScoreTask task, Exception? failure)
    {
        Failure ??= failure;
        if (failure is not null)
            StopAll();
        if (Interlocked.Decrement(ref _open) != 0)
            return;
        Failure ??= _health.IsInDoubt ? Hopeless() : null;
        _ended.TrySetResult();
    }

    public void StopAll()
    {
        foreach (var task in inputs.Keys)
            task.Stop();
    }

    private UserErrorException Hopeless() => new(_health.Problem(model));
}

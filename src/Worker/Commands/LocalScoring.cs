using FineWebTorch.Cli;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Output;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Commands;

/// <summary>Scores one file with the pipeline of a run, but prints instead of reporting.</summary>
internal static class LocalScoring
{
    /// <summary>Smaller than a run's windows, so that a slow machine shows something soon.</summary>
    private const int WindowRows = 1024;

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(ScoreRequest request, CancellationToken cancellation)
    {
        // The cheap questions first: loading libtorch and a model takes a while.
        ScoreOutput.Check(request);
        var located = ModelLocator.Locate(request.Model);
        ModelFolder.Check(located.Folder);
        var input = ScoreInput.Open(request);
        var device = ComputeDevice.Resolve(request.Device, request.Threads);
        var dtype = DeviceDefaults.Dtype(device, request.Dtype);
        using var model = EduClassifier.Load(located.Folder, device, dtype);
        using var output = ScoreOutput.Create(request);
        using var progress = ScoreProgress.Start(input.Rows is { } rows ? Math.Min(rows, request.Rows ?? rows) : request.Rows);
        using var task = new ScoreTask
        {
            WindowRows = WindowRows,
            TokenBudget = request.TokenBudget ?? DeviceDefaults.TokenBudget(device),
            EndRow = input.Rows,
            RowLimit = request.Rows ?? long.MaxValue,
            KeepDocuments = true,
            Open = input.OpenAt,
        };
        var sink = new PrintingSink(output.Writer, progress);
        var pipeline = new ScoringPipeline(
            new ModelScorer(model), new ModelTextEncoder(model.Tokenizer), sink,
            new PipelineOptions(request.Threads ?? Environment.ProcessorCount), new PipelineStatistics(),
            TimeProvider.System);
        pipeline.Add(task);
        await EndAsync(sink, task, cancellation);
        pipeline.Dispose();
        if (sink.Failure is OutputClosedException)
            return ExitCode.Success;
        if (sink.Failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        output.Commit();
        progress.Finish();
        return ExitCode.Success;
    }

    private static async Task EndAsync(PrintingSink sink, ScoreTask task, CancellationToken cancellation)
    {
        await using var stop = cancellation.Register(task.Stop);
        // A read of standard input cannot be interrupted: the process ends without waiting for it.
        await sink.Ended.WaitAsync(cancellation);
    }
}

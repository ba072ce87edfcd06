using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Session;

/// <summary>The run that a lease belongs to.</summary>
/// <param name="SharesFileSystem">Paths mean the same here as on the coordinator.</param>
internal sealed record RunContext(RunDescription Description, RunEngine Engine, bool SharesFileSystem);

/// <summary>The model of a run and the pipeline that feeds it.</summary>
internal sealed class RunEngine(
    string modelDigest, Dtype dtype, LoadedModel model, ScoringPipeline pipeline) : IDisposable
{
    public ScoringPipeline Pipeline => pipeline;

    /// <summary>Whether it can serve this run as it is.</summary>
    public bool Fits(RunDescription run) => run.Model.Digest == modelDigest && run.Dtype == dtype;

    /// <summary>Waits for the batch in flight.</summary>
    public void Dispose()
    {
        pipeline.Dispose();
        model.Owner?.Dispose();
    }
}

/// <summary>The model of the run cannot be used on this worker.</summary>
internal sealed class ModelUnusableException(string model, Exception inner)
    : NotSupportedException($"model {model}: {DeviceErrors.LineOf(inner)}", inner);

/// <summary>
/// Holds the model of the present run and loads another where the next run needs one. Everything but the loading
/// itself runs in the mailbox.
/// </summary>
/// <param name="loaded">A run has become <see cref="Current"/>.</param>
internal sealed class RunLoader(
    SessionServices services, Mailbox mailbox, IScoreSink sink, PipelineStatistics statistics, Action loaded)
    : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private RunEngine? _engine;
    private Task? _loading;

    /// <summary>The run that leases are for; null before its model is loaded.</summary>
    public RunContext? Current { get; private set; }

    /// <summary>Makes a run the present one, at once where its model is loaded already.</summary>
    public void Load(Welcome welcome)
    {
        if (_loading is not null)
            return;
        if (_engine is { } engine && engine.Fits(welcome.Run))
            Current = new RunContext(welcome.Run, engine, SharesFileSystem(welcome));
        else
        {
            Current = null;
            _loading = LoadAsync(welcome, _engine);
        }
    }

    /// <summary>Ends what is being loaded.</summary>
    /// <param name="unload">The pipeline is idle: model and device are let go.</param>
    public async Task EndAsync(bool unload)
    {
        await _end.CancelAsync();
        if (unload)
            _engine?.Dispose();
    }

    public void Dispose() => _end.Dispose();

    private async Task LoadAsync(Welcome welcome, RunEngine? last)
    {
        var run = welcome.Run;
        try
        {
            var started = mailbox.Time.GetTimestamp();
            var shared = SharesFileSystem(welcome);
            var folder = await Task.Run(() => services.Models.ObtainAsync(run.Model, _end.Token));
            // Two models at once might not fit onto the device.
            var model = await Task.Run(() =>
            {
                last?.Dispose();
                return services.Loader.Load(folder, ProtoEnums.ToModel(run.Dtype));
            });
            var seconds = mailbox.Time.GetElapsedTime(started).TotalSeconds;
            mailbox.Post(() => OnLoaded(run, model, shared, seconds));
        }
#pragma warning disable CA1031 // Thrown again where the session hears of it
        catch (Exception failure) when (!_end.IsCancellationRequested)
#pragma warning restore CA1031
        {
            mailbox.Post(() => throw new ModelUnusableException(run.Model.Id, failure));
        }
    }

    private void OnLoaded(RunDescription run, LoadedModel model, bool sharesFileSystem, double seconds)
    {
        foreach (var warning in model.Warnings)
            services.Log.DeviceWarning(warning);
        services.Log.ModelLoaded(seconds);
        var pipeline = new ScoringPipeline(
            model.Device, model.Encoder, sink, services.Pipeline, statistics, mailbox.Time);
        _engine = new RunEngine(run.Model.Digest, run.Dtype, model, pipeline);
        Current = new RunContext(run, _engine, sharesFileSystem);
        _loading = null;
        loaded();
    }

    // Who can read the file that the coordinator has just written sees the same disk under the same paths.
    private static bool SharesFileSystem(Welcome welcome)
    {
        try
        {
            return welcome.NoncePath.Length > 0 && welcome.Nonce.Length > 0 &&
                File.ReadAllText(welcome.NoncePath).Trim() == welcome.Nonce;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException
            or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}

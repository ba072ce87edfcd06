using System.Text;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Session;

/// <summary>The run that a lease belongs to.</summary>
/// <param name="SharesFileSystem">Paths mean the same here as on the coordinator.</param>
internal sealed record RunContext(RunDescription Description, RunEngine Engine, bool SharesFileSystem);

/// <summary>The model of a run and the pipeline that feeds it.</summary>
internal sealed class RunEngine(string runDigest, LoadedModel model, ScoringPipeline pipeline) : IDisposable
{
    public ScoringPipeline Pipeline => pipeline;

    /// <summary>Whether it was loaded for this run. Of any other one nothing is used again.</summary>
    public bool IsOf(RunDescription run) => run.Digest == runDigest;

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
/// Holds the model of the present run and loads another for the next one. Everything but the loading itself runs in the
/// mailbox.
/// </summary>
/// <param name="loaded">A run has become <see cref="Current"/>.</param>
internal sealed class RunLoader(
    SessionServices services, Mailbox mailbox, IScoreSink sink, PipelineStatistics statistics, Action loaded)
    : IDisposable
{
    private const int MostOfNonce = 1024;

    private readonly CancellationTokenSource _end = new();
    private RunEngine? _engine;
    private WantedRun? _wanted;
    private Loading? _loading;

    /// <summary>The run that leases are for; null before its model is loaded.</summary>
    public RunContext? Current { get; private set; }

    /// <summary>Makes a run the present one, at once where its model is loaded already.</summary>
    public void Load(Welcome welcome)
    {
        _wanted = new WantedRun(welcome.Run, SharesFileSystem(welcome));
        if (_loading is null)
            LoadWanted();
        else if (_loading.Run.Digest != welcome.Run.Digest)
            // A coordinator with another run has come; it does not have the files of the first one's model.
            _loading.Stop.Cancel();
    }

    /// <summary>There is another run, and what it computes with is not known yet.</summary>
    public void Await()
    {
        (_wanted, Current) = (null, null);
        _loading?.Stop.Cancel();
    }

    /// <summary>Ends what is being loaded.</summary>
    /// <param name="unload">The pipeline is idle: model and device are let go.</param>
    public async Task EndAsync(bool unload)
    {
        await _end.CancelAsync();
        if (unload)
            _engine?.Dispose();
    }

    public void Dispose()
    {
        _loading?.Stop.Dispose();
        _end.Dispose();
    }

    private void LoadWanted()
    {
        Current = null;
        if (_wanted is not var (run, shared))
            return;
        Current = _engine is { } engine && engine.IsOf(run) ? new RunContext(run, engine, shared) : null;
        if (Current is not null)
            return;
        _loading = new Loading(run, CancellationTokenSource.CreateLinkedTokenSource(_end.Token));
        _ = LoadAsync(_loading, _engine);
        _engine = null;
    }

    private async Task LoadAsync(Loading loading, RunEngine? last)
    {
        var run = loading.Run;
        try
        {
            var started = mailbox.Time.GetTimestamp();
            var folder = await Task.Run(() => services.Models.ObtainAsync(run.Model, loading.Stop.Token));
            // Two models at once might not fit onto the device.
            var model = await Task.Run(() =>
            {
                last?.Dispose();
                last = null;
                return services.Loader.Load(folder, ProtoEnums.ToModel(run.Dtype));
            });
            var seconds = mailbox.Time.GetElapsedTime(started).TotalSeconds;
            mailbox.Post(() => OnLoaded(run, model, seconds));
        }
#pragma warning disable CA1031 // Thrown again where the session hears of it
        catch (Exception failure) when (!_end.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await Task.Run(() => last?.Dispose());
            mailbox.Post(() => OnFailed(run, failure));
        }
    }

    private void OnLoaded(RunDescription run, LoadedModel model, double seconds)
    {
        foreach (var warning in model.Warnings)
            services.Log.Warn(warning);
        services.Log.ModelLoaded(seconds);
        var pipeline = new ScoringPipeline(
            model.Device, model.Encoder, sink, services.Pipeline, statistics, mailbox.Time);
        _engine = new RunEngine(run.Digest, model, pipeline);
        GoOn();
    }

    private void OnFailed(RunDescription run, Exception failure)
    {
        if (run.Digest == _wanted?.Run.Digest)
            throw new ModelUnusableException(run.Model.Id, failure);
        GoOn();
    }

    /// <summary>What is wanted may be another run by now than the one that was being loaded.</summary>
    private void GoOn()
    {
        _loading!.Stop.Dispose();
        _loading = null;
        LoadWanted();
        if (Current is not null)
            loaded();
    }

    // Who can read the file that the coordinator has just written sees the same disk under the same paths.
    private static bool SharesFileSystem(Welcome welcome)
    {
        try
        {
            // By its length first: a path may be that of a pipe, which never ends, or of a device.
            return welcome.NoncePath.Length > 0 && welcome.Nonce.Length > 0 &&
                new FileInfo(welcome.NoncePath).Length == welcome.Nonce.Length &&
                BeginningOf(welcome.NoncePath) == welcome.Nonce;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException
            or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Of what may be another file under the same path, without end perhaps.</summary>
    private static string BeginningOf(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[MostOfNonce];
        return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    private sealed record WantedRun(RunDescription Run, bool SharesFileSystem);

    /// <param name="Stop">Ends the fetching of the model's files.</param>
    private sealed record Loading(RunDescription Run, CancellationTokenSource Stop);
}

using FineWebTorch.Cli;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

// The run and its model.
internal sealed partial class WorkerAgent
{
    private void Load(Welcome welcome)
    {
        if (_run is { } run && run.Engine.Fits(welcome.Run))
        {
            _run = run with
            {
                Description = welcome.Run,
                SharesFileSystem = SharesFileSystem(welcome),
            };
            AskForWork();
        }
        else
            _loading ??= LoadAsync(welcome, _run?.Engine);
    }

    private async Task LoadAsync(Welcome welcome, RunEngine? last)
    {
        var run = welcome.Run;
        try
        {
            var started = _mailbox.Time.GetTimestamp();
            var shared = SharesFileSystem(welcome);
            var folder = await Task.Run(() => _services.Models.ObtainAsync(run.Model, _end.Token));
            // Two models at once might not fit onto the device.
            var model = await Task.Run(() =>
            {
                last?.Dispose();
                return _services.Loader.Load(folder, ProtoEnums.ToModel(run.Dtype));
            });
            var seconds = _mailbox.Time.GetElapsedTime(started).TotalSeconds;
            _mailbox.Post(() => OnLoaded(run, model, shared, seconds));
        }
#pragma warning disable CA1031 // Thrown again where the session hears of it
        catch (Exception failure) when (!_end.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _mailbox.Post(() => throw new ModelUnusableException(run.Model.Id, failure));
        }
    }

    private void OnLoaded(RunDescription run, LoadedModel model, bool sharesFileSystem, double seconds)
    {
        foreach (var warning in model.Warnings)
            _log.DeviceWarning(warning);
        _log.ModelLoaded(seconds);
        var pipeline = new ScoringPipeline(
            model.Scorer, model.Encoder, _leases, _services.Pipeline, _statistics, _mailbox.Time);
        _run = new RunContext(run, new RunEngine(run.Model.Digest, run.Dtype, model, pipeline), sharesFileSystem);
        _loading = null;
        AskForWork();
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

/// <summary>The model of the run cannot be used on this worker.</summary>
internal sealed class ModelUnusableException(string model, Exception inner)
    : NotSupportedException($"model {model}: {ErrorLine.Describe(inner).Line}", inner);

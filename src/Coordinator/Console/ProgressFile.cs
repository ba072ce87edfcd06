using System.Text.Json;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// Leaves in the run's folder every second how the run goes, for those who look at it from outside. Goes when the
/// session ends; what a session that was killed leaves counts for nothing, since nobody holds the run's lock.
/// </summary>
internal sealed class ProgressFile : IAsyncDisposable
{
    /// <summary>Events that stand in it.</summary>
    private const int MostEvents = 20;

    private readonly CancellationTokenSource _ending = new();
    private readonly string _path;
    private readonly EventHistory _history;
    private readonly Task _writing;

    public ProgressFile(RunWatch watch, string runFolder, EventHistory history)
    {
        _history = history;
        _path = RunPlaces.ProgressOf(runFolder);
        _writing = WriteAsync(watch);
    }

    /// <returns>Null where there is none, or none that this program can read.</returns>
    public static RunProgress? Read(string runFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<RunProgress>(
                File.ReadAllBytes(RunPlaces.ProgressOf(runFolder)), RunSummary.Json);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _writing;
        _ending.Dispose();
        File.Delete(_path);
    }

    private async Task WriteAsync(RunWatch watch)
    {
        try
        {
            if (watch.Now is { } now)
                Write(now);
            while (true)
                Write(await watch.NextAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    /// <summary>By a rename, so that nobody reads half of it; not flushed, since it is worth nothing after a crash.</summary>
    private void Write(RunProgress progress)
    {
        try
        {
            progress = progress with { Events = [.. _history.After(0, MostEvents).Select(ToldEvent.Of)] };
            var temporary = _path + ".partial";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(progress, RunSummary.Json));
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A run does not fail for want of it.
        }
    }
}

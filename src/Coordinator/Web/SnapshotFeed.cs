using System.Text;
using System.Text.Json;
using FineWebTorch.Coordinator.Console;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Web;

/// <summary>
/// Server-sent events: how a run stands, each second, to whoever watches. What is sent is written once for all watchers,
/// and no watcher has more of it waiting than it is being sent: who is slow misses some, who takes nothing is cut.
/// </summary>
/// <param name="look">The content of an event.</param>
internal sealed class SnapshotFeed(RunWatch watch, Func<RunProgress, object> look, TimeProvider time) : IAsyncDisposable
{
    private static readonly byte[] Retry = "retry: 1000\n\n"u8.ToArray();

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private (RunProgress Progress, byte[] Event)? _written;
    private byte[] _farewell = [];
    private int _watchers;

    /// <summary>Watchers at once.</summary>
    public int Most { get; init; } = 64;

    /// <summary>For a watcher to take an event.</summary>
    public TimeSpan TakeTime { get; init; } = TimeSpan.FromSeconds(10);

    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>Events that have been written; however many watch, one each second.</summary>
    public long Written { get; private set; }

    public async Task SendAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _watchers) > Most)
                await PageJson.RefuseAsync(
                    context, StatusCodes.Status503ServiceUnavailable, $"{Most} watch already; close a page that nobody looks at");
            else
                await WatchAsync(context);
        }
        catch (OperationCanceledException)
        {
            // It has gone, or has been cut.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    /// <summary>Says goodbye to all who watch.</summary>
    /// <param name="state">In which the run is left.</param>
    public async Task EndAsync(string state, string? reason)
    {
        _farewell = EventOf("gone", new { state, reason });
        await _ending.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _ending.Dispose();
    }

    private async Task WatchAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        await SendAsync(context, Retry);
        try
        {
            var progress = watch.Now ?? await watch.NextAsync(watching.Token);
            while (true)
            {
                await SendAsync(context, EventOf(progress));
                progress = await watch.NextAsync(watching.Token);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await SendAsync(context, _farewell);
        }
    }

    /// <exception cref="OperationCanceledException">The watcher is gone, or did not take it.</exception>
    private async Task SendAsync(HttpContext context, byte[] content)
    {
        using var late = new CancellationTokenSource(TakeTime, time);
        await using var cut = late.Token.Register(context.Abort);
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private byte[] EventOf(RunProgress progress)
    {
        lock (_lock)
        {
            if (_written is { } last && ReferenceEquals(last.Progress, progress))
                return last.Event;
            var written = EventOf("snapshot", look(progress));
            _written = (progress, written);
            Written++;
            return written;
        }
    }

    private static byte[] EventOf(string name, object content) =>
        Encoding.UTF8.GetBytes($"event: {name}\ndata: {JsonSerializer.Serialize(content, PageJson.Options)}\n\n");
}

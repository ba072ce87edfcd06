using System.Collections.Concurrent;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Sessions;
using Grpc.Net.Client;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A session of a run with scripted workers.</summary>
internal sealed class HubSession : IReporter
{
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunSummary? Summary { get; private set; }

    public ConcurrentQueue<RunEvent> Events { get; } = [];

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    private Action<RunEvent>? Hear { get; init; }

    /// <summary>Runs until the run is over, or fails.</summary>
    /// <param name="work">What each worker does; null for no worker.</param>
    /// <param name="hear">Told of every event.</param>
    public static async Task<HubSession> RunAsync(
        HubRun hub, CommandLine arguments, Func<FakeWorker, Task>? work, int workers = 1,
        Action<RunEvent>? hear = null)
    {
        var session = new HubSession { Hear = hear };
        using var run = await hub.Sample.PrepareAsync(arguments);
        var serving = new RunSession(
            arguments.Parse(), run, session, TimeProvider.System, workerProgram: null)
        {
            Hub = hub.Sample.Hub,
        }.RunAsync(CancellationToken.None);
        if (work is not null && await Task.WhenAny(serving, session._address.Task) == session._address.Task)
        {
            using var channel = GrpcChannel.ForAddress(await session._address.Task);
            var owner = JoinToken.OfOwner(run.Places.RunFolder)!.Secret;
            await Task.WhenAll(Enumerable.Range(0, workers).Select(async index =>
            {
                using var worker = new FakeWorker(channel, $"worker {index}", owner);
                await work(worker);
            }));
        }

        await serving;
        return session;
    }

    public void Started(RunHeader header) => _address.TrySetResult(header.Address);

    public void Observe(RunEvent happened)
    {
        Events.Enqueue(happened);
        Hear?.Invoke(happened);
    }

    public void Progress(RunProgress progress)
    {
    }

    public void Finished(RunSummary summary) => Summary = summary;

    public void Dispose()
    {
    }
}

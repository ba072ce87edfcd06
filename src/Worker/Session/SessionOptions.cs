using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Telemetry;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>How a worker deals with its coordinator.</summary>
/// <param name="Coordinator">Where it, or one in its place, listens.</param>
/// <param name="GiveUpAfter">Longest time without hearing of the coordinator.</param>
/// <param name="Stay">Wait for the next run when one is over.</param>
internal sealed record SessionOptions(CoordinatorAddresses Coordinator, TimeSpan GiveUpAfter, bool Stay)
{
    /// <summary>False: ends where it would wait for a coordinator that was interrupted or cannot be reached.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>Whether what listens there is to be joined, asked before each connection.</summary>
    public Func<bool> IsOurs { get; init; } = () => true;

    /// <summary>How often scores are sent.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for an answer to Hello.</summary>
    public TimeSpan WelcomeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time a worker that was told to end does so, whatever is still undone.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Pause between asking whether there is a next run.</summary>
    public TimeSpan StayInterval { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a session works with.</summary>
/// <param name="Random">Uniform in [0, 1).</param>
internal sealed record SessionServices(
    Coordination.CoordinationClient Client,
    CoordinatorCalls Calls,
    WorkerIdentity Identity,
    IModelLoader Loader,
    IDataFormat Format,
    InputStore Inputs,
    ModelStore Models,
    ShardBuilder Builder,
    PipelineOptions Pipeline,
    Watchdog Watchdog,
    TimeProvider Time,
    Func<double> Random,
    ILogger Log)
{
    /// <summary>Lets this worker in.</summary>
    public Passport Passport { get; init; } = new();

    /// <summary>What the lines of the worker's log name.</summary>
    public LogIdentity Names { get; init; } = new("worker");

    /// <summary>What the coordinator hears of the worker's log.</summary>
    public WarningRelay Warnings { get; init; } = new();

    /// <summary>Of all that the worker's pipelines do.</summary>
    public PipelineStatistics Statistics { get; init; } = new();

    /// <summary>What it is at.</summary>
    public WorkerActivity Activity { get; init; } = new();

    /// <summary>What the device's counters say; null where nobody reads them.</summary>
    public DeviceSampler? Sampler { get; init; }
}

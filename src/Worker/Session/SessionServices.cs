using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Shards;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>What a session works with.</summary>
/// <param name="Random">Uniform in [0, 1).</param>
internal sealed record SessionServices(
    Coordination.CoordinationClient Client,
    WorkerIdentity Identity,
    IModelLoader Loader,
    IDataFormat Format,
    InputStore Inputs,
    ModelStore Models,
    ShardBuilder Builder,
    PipelineOptions Pipeline,
    TimeProvider Time,
    Func<double> Random,
    ILogger Log);

using FineWebTorch.Cli;

namespace FineWebTorch.Worker.Session;

/// <summary>The model of the run cannot be used on this worker.</summary>
internal sealed class ModelUnusableException(string model, Exception inner)
    : NotSupportedException($"model {model}: {ErrorLine.Describe(inner).Line}", inner);

namespace FineWebTorch.Worker.Inputs;

/// <summary>A file's bytes are not those with which the run began.</summary>
internal sealed class InputChangedException(string path, string expected, string actual)
    : IOException($"{path}: input changed since the run began (sha256 {actual}, not {expected})");

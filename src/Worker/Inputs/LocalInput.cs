namespace FineWebTorch.Worker.Inputs;

/// <summary>An input file that can be opened here.</summary>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="IsCopy">It was streamed here and will be removed.</param>
internal sealed record LocalInput(string Path, string Sha256, bool IsCopy);

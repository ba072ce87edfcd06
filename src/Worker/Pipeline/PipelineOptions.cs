namespace FineWebTorch.Worker.Pipeline;

/// <param name="Threads">Tokenizer threads.</param>
/// <param name="MaxWindows">Windows in memory at once, being filled, waiting or being scored.</param>
internal sealed record PipelineOptions(int Threads, int MaxWindows = 3);

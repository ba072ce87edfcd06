namespace FineWebTorch.Worker.Output;

/// <summary>Who read our output has gone, as <c>head</c> does; nothing is wrong.</summary>
internal sealed class OutputClosedException(IOException inner) : IOException(inner.Message, inner);

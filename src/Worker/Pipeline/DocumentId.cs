namespace FineWebTorch.Worker.Pipeline;

/// <summary>An identifier that came with a document.</summary>
/// <param name="Text">As text.</param>
/// <param name="IsNumber">It was a JSON number, and is written as one again.</param>
internal readonly record struct DocumentId(string Text, bool IsNumber = false);

using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Inputs;

/// <summary>A document from a JSON line.</summary>
/// <param name="Start">Where its text begins in the chunk's bytes.</param>
/// <param name="Length">UTF-8 bytes of the text.</param>
internal readonly record struct JsonDocumentEntry(int Start, int Length, UnscorableReason Fault, DocumentId? Id);

using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

internal sealed class ModelTextEncoder(WordPieceTokenizer tokenizer) : ITextEncoder
{
    public int MaxLength => tokenizer.MaxLength;

    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids) => tokenizer.Encode(utf8, ids);
}

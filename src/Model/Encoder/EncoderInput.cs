using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>What the encoder reads of a batch, on the device; all int64.</summary>
/// <param name="Ids">[tokens]</param>
/// <param name="Positions">[tokens], from 0 in each document</param>
/// <param name="FirstTokens">[documents], the row of each document's [CLS]</param>
internal sealed record EncoderInput(Tensor Ids, Tensor Positions, Tensor FirstTokens)
{
    /// <summary>Numbers that <see cref="Fill"/> writes.</summary>
    public static int Size(int tokens, int documents) => 2 * tokens + documents + 1;

    public static EncoderInput Of(ReadOnlySpan<int> tokenIds, ReadOnlySpan<int> cumulativeLengths, Device device)
    {
        var (tokens, documents) = (tokenIds.Length, cumulativeLengths.Length - 1);
        var host = new long[Size(tokens, documents)];
        Fill(host, tokenIds, cumulativeLengths);
        // One copy to the device for all three.
        return Of(tensor(host, dtype: ScalarType.Int64, device: device), tokens, documents);
    }

    /// <param name="all">What <see cref="Fill"/> has written, on the device.</param>
    public static EncoderInput Of(Tensor all, int tokens, int documents) => new(
        all.narrow(0, 0, tokens), all.narrow(0, tokens, tokens), all.narrow(0, 2 * tokens, documents));

    /// <summary>Writes ids, positions and cumulative lengths one after another.</summary>
    public static void Fill(Span<long> host, ReadOnlySpan<int> tokenIds, ReadOnlySpan<int> cumulativeLengths)
    {
        var (tokens, documents) = (tokenIds.Length, cumulativeLengths.Length - 1);
        for (var document = 0; document < documents; document++)
        {
            var (first, end) = (cumulativeLengths[document], cumulativeLengths[document + 1]);
            for (var token = first; token < end; token++)
            {
                host[token] = tokenIds[token];
                host[tokens + token] = token - first;
            }
            host[2 * tokens + document] = first;
        }
        host[2 * tokens + documents] = tokens;
    }
}

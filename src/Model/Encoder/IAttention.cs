using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>
/// Softmax attention over the documents of one batch. Queries, keys and values stand side by side in the columns of
/// their matrices, each with its heads side by side.
/// </summary>
internal interface IAttention
{
    /// <param name="queriesKeysValues">[tokens, 3 · hidden]</param>
    /// <returns>[tokens, hidden]</returns>
    Tensor OfAllTokens(Tensor queriesKeysValues);

    /// <summary>The same for the first token of each document alone, the only one that the head reads.</summary>
    /// <param name="queries">[documents, hidden]</param>
    /// <param name="keysValues">[tokens, 2 · hidden]</param>
    /// <returns>[documents, hidden]</returns>
    Tensor OfFirstTokens(Tensor queries, Tensor keysValues);
}

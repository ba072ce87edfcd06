using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// An attention operator of libtorch that takes packed sequences. TorchSharp has no name for these; a line of
/// TorchScript has, whose failures arrive with the operator's own words.
/// </summary>
internal sealed class AttentionOperator : IDisposable
{
    /// <summary>
    /// FlashAttention-2: fp16 and bf16, head sizes that are a multiple of 8 up to 256, from compute capability 8.0 on
    /// (Dao, arXiv:2307.08691).
    /// </summary>
    private const string FlashScript = """
        def attend(q, k, v, starts_q, starts_k, most_q: int, most_k: int):
            return torch._flash_attention_forward(
                q, k, v, starts_q, starts_k, most_q, most_k, 0.0, False, False)[0]
        """;

    /// <summary>
    /// Memory-efficient attention: also fp32, and older GPUs (Rabe and Staats, arXiv:2112.05682). It takes batches of
    /// equal length, and packed sequences as a batch of one.
    /// </summary>
    private const string EfficientScript = """
        def attend(q, k, v, starts_q, starts_k, most_q: int, most_k: int):
            return torch._efficient_attention_forward(
                q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), None, starts_q, starts_k, most_q, most_k,
                0.0, 0)[0].squeeze(0)
        """;

    private readonly jit.CompilationUnit _script;

    /// <param name="name">For people.</param>
    /// <param name="script">Defines <c>attend</c>, of operators that this libtorch has.</param>
    public AttentionOperator(string name, string script)
    {
        Name = name;
        _script = jit.compile(script + "\n");
    }

    public string Name { get; }

    /// <summary>Those to try for a type, best first.</summary>
    /// <exception cref="NotSupportedException">This libtorch's operators have not been looked at.</exception>
    public static IEnumerable<Func<AttentionOperator>> For(ScalarType linearType)
    {
        // A script that names what libtorch does not have ends the process, so that it must be known beforehand.
        if (!LibTorch.HasPackedAttention)
            throw new NotSupportedException(
                $"{LibTorch.Version} may have other operators for it than libtorch 2.10 to 2.12");
        if (linearType != ScalarType.Float32)
            yield return () => new AttentionOperator("flash attention", FlashScript);
        yield return () => new AttentionOperator("efficient attention", EfficientScript);
    }

    /// <param name="query">[queries, heads, headSize]</param>
    /// <param name="key">[tokens, heads, headSize]</param>
    /// <param name="value">[tokens, heads, headSize]</param>
    /// <param name="queryStarts">[documents + 1], int32: where each document's queries begin, and the end.</param>
    /// <param name="keyStarts">[documents + 1], int32: where its tokens begin, and the end.</param>
    /// <param name="mostQueries">Of a document.</param>
    /// <param name="mostKeys">Of a document.</param>
    /// <returns>[queries, heads, headSize]</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">It refuses, or has failed.</exception>
    public Tensor Attend(
        Tensor query, Tensor key, Tensor value, Tensor queryStarts, Tensor keyStarts, long mostQueries,
        long mostKeys) =>
        (Tensor)_script.invoke("attend", query, key, value, queryStarts, keyStarts, mostQueries, mostKeys)!;

    public void Dispose() => _script.Dispose();
}

/// <summary>Attention over a packed batch in one call, whatever the lengths of its documents.</summary>
/// <param name="attention">The operator.</param>
/// <param name="config">Heads and their size.</param>
/// <param name="starts">[documents + 1], int32: where each document begins, and the end of the last.</param>
/// <param name="longest">Tokens of the longest document.</param>
internal sealed class FusedAttention(AttentionOperator attention, BertConfig config, Tensor starts, int longest)
    : IAttention
{
    /// <summary>Documents in a batch: they are a dimension of the grid of thread blocks.</summary>
    public const int MaxDocuments = 65_535;

    private readonly long _heads = config.Heads;
    private readonly long _headSize = config.HeadSize;

    public Tensor OfAllTokens(Tensor queriesKeysValues)
    {
        using var scope = NewDisposeScope();
        var parts = queriesKeysValues.view(-1, 3, _heads, _headSize);
        return attention.Attend(
            parts.select(1, 0), parts.select(1, 1), parts.select(1, 2), starts, starts, longest, longest)
            .reshape(-1, _heads * _headSize).MoveToOuterDisposeScope();
    }

    public Tensor OfFirstTokens(Tensor queries, Tensor keysValues)
    {
        using var scope = NewDisposeScope();
        var parts = keysValues.view(-1, 2, _heads, _headSize);
        var each = arange(starts.shape[0], dtype: ScalarType.Int32, device: starts.device);
        return attention.Attend(
            queries.view(-1, _heads, _headSize), parts.select(1, 0), parts.select(1, 1), each, starts, 1, longest)
            .reshape(-1, _heads * _headSize).MoveToOuterDisposeScope();
    }
}

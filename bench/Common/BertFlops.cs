namespace FineWebTorch.Bench;

/// <summary>
/// Floating-point operations of a BERT encoder whose feed-forward part is four times as wide as its hidden state;
/// a multiplication and an addition are two. Softmax, LayerNorm and GELU are left out, as is usual.
/// </summary>
/// <param name="layers">Number of layers L.</param>
/// <param name="hidden">Width H.</param>
public sealed class BertFlops(int layers, int hidden)
{
    /// <summary>Every layer whole: L(24 n H² + 4 n² H). Rates by this number compare programs.</summary>
    /// <param name="tokens">Of one document.</param>
    public double Nominal(double tokens) => layers * Layer(tokens);

    /// <summary>
    /// What the score needs: the last layer computes keys and values of all tokens, and the rest for the first token
    /// alone. Rates by this number say how near to a limit a program is.
    /// </summary>
    /// <param name="tokens">Of one document.</param>
    public double Needed(double tokens)
    {
        double h = hidden;
        return (layers - 1) * Layer(tokens) + 4 * tokens * h * h + 20 * h * h + 4 * tokens * h;
    }

    public double Nominal(IEnumerable<int> lengths) => lengths.Sum(length => Nominal(length));

    public double Needed(IEnumerable<int> lengths) => lengths.Sum(length => Needed(length));

    private double Layer(double tokens) => 24 * tokens * hidden * hidden + 4 * tokens * tokens * hidden;
}

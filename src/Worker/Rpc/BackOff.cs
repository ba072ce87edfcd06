namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// Exponential back-off with jitter: a whole cluster that lost its coordinator must not come back in step.
/// </summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class BackOff(Func<double> random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private int _attempt;

    /// <summary>The next pause: between half of and the whole doubling step.</summary>
    public TimeSpan Next()
    {
        var step = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, _attempt++));
        return TimeSpan.FromSeconds(step * (0.5 + random() / 2));
    }

    public void Reset() => _attempt = 0;
}

using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>
/// When workers that have failed are replaced: at once, then after growing pauses for as long as nothing gets done, then not
/// any more.
/// </summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class Replacements(TimeProvider time, Func<double> random)
{
    /// <summary>Rounds of failures without anything done between them after which there is no other.</summary>
    public const int Most = 5;

    private readonly RetryOptions _pauses = new()
    {
        FirstDelay = TimeSpan.FromSeconds(15),
        LongestDelay = TimeSpan.FromMinutes(5),
        Random = random,
    };

    private long _begun;
    private TimeSpan _pause;
    private long _progress = -1;

    /// <summary>Rounds in a row.</summary>
    public int Rounds { get; private set; }

    public bool AreDue => time.GetElapsedTime(_begun) >= _pause;

    /// <summary>Some have failed since the last look.</summary>
    /// <param name="progress">Of the run, as of now.</param>
    public void Fail(long progress)
    {
        Rounds = progress == _progress ? Rounds + 1 : 1;
        _progress = progress;
        _begun = time.GetTimestamp();
        _pause = Rounds == 1 ? TimeSpan.Zero : _pauses.PauseAfter(Rounds - 1);
    }
}

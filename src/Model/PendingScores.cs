namespace FineWebTorch.Model;

/// <summary>The scores of a batch that a device computes, or has computed.</summary>
public abstract class PendingScores
{
    /// <summary>Whether <see cref="Wait"/> would return at once.</summary>
    public abstract bool IsCompleted { get; }

    /// <summary>Waits for the device. Called once, by any thread; what was held for the batch is let go.</summary>
    /// <returns>[documents], the raw outputs, and what the device measured.</returns>
    public abstract ComputedScores Wait();

    /// <summary>Scores of a device that computes while it is called.</summary>
    internal static PendingScores Of(float[] scores) => new Completed(scores);

    private sealed class Completed(float[] scores) : PendingScores
    {
        public override bool IsCompleted => true;

        public override ComputedScores Wait() => new(scores);
    }
}

/// <summary>The scores of a batch.</summary>
/// <param name="Scores">[documents], the raw outputs</param>
/// <param name="DeviceTime">How long the device computed, where it has a clock of its own.</param>
public readonly record struct ComputedScores(float[] Scores, TimeSpan? DeviceTime = null);

using System.Runtime.ExceptionServices;

namespace FineWebTorch.Model;

/// <summary>The scores of a batch.</summary>
/// <param name="Scores">[documents], the raw outputs; one array for all who wait.</param>
/// <param name="DeviceTime">How long the device computed, where it has a clock of its own.</param>
public sealed record ComputedScores(float[] Scores, TimeSpan? DeviceTime = null);

/// <summary>
/// The scores of a batch that a device computes, or has computed. Safe for several threads: the device is asked by one
/// at a time, and not at all once the outcome is known.
/// </summary>
public abstract class PendingScores
{
    private readonly Lock _asking = new();
    private ComputedScores? _scores;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Whether <see cref="Wait"/> would end at once. Never waits itself.</summary>
    public bool IsCompleted
    {
        get
        {
            // Whoever holds it is in Wait: not known to be done.
            if (!_asking.TryEnter())
                return false;
            try
            {
                return IsSettled || IsDone;
            }
            catch (Exception failure) when (DeviceErrors.Is(failure))
            {
                return true; // Wait says what is wrong
            }
            finally
            {
                _asking.Exit();
            }
        }
    }

    /// <summary>Whether the device is done. Asked by one thread at a time, never after <see cref="Collect"/>.</summary>
    protected abstract bool IsDone { get; }

    private bool IsSettled => _scores is not null || _failure is not null;

    /// <summary>Scores of a device that computes while it is called.</summary>
    /// <param name="scores">[documents]</param>
    public static PendingScores Completed(float[] scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return new Known { _scores = new ComputedScores(scores) };
    }

    /// <summary>Waits for the device. May be called again: the outcome stays.</summary>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; a smaller batch may fit.</exception>
    /// <exception cref="DeviceFailedException">The device or one of its libraries has failed.</exception>
    public ComputedScores Wait()
    {
        lock (_asking)
        {
            if (!IsSettled)
                Settle();
            _failure?.Throw();
            return _scores!;
        }
    }

    /// <summary>Waits for the device, and lets go of all that was held for the batch. Called once.</summary>
    protected abstract ComputedScores Collect();

    private void Settle()
    {
        try
        {
            _scores = Collect();
        }
#pragma warning disable CA1031 // Whatever it is, it is thrown to each who waits
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(DeviceErrors.Is(failure) ? DeviceErrors.From(failure) : failure);
        }
    }

    private sealed class Known : PendingScores
    {
        protected override bool IsDone => true;

        protected override ComputedScores Collect() => throw new InvalidOperationException("the scores are known");
    }
}

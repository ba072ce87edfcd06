using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>
/// Keeps workers of a run at work until the run is over, whatever they run on. It knows nothing that it could not ask for
/// again: another one goes on where it was.
/// </summary>
/// <param name="options">Of the command.</param>
/// <param name="words">Tells of what happens.</param>
internal abstract class Keeper<TWords>(KeeperOptions options, TWords words)
    where TWords : KeeperWords
{
    private readonly RetryOptions _away = new()
    {
        FirstDelay = options.Interval,
        LongestDelay = TimeSpan.FromMinutes(2),
        Random = options.Random,
    };

    private int _failures;
    private long? _alone;

    /// <summary>Before the next step.</summary>
    public TimeSpan Pause => _failures == 0 ? options.Interval : _away.PauseAfter(_failures);

    /// <summary>Until the run is over, or nobody wants workers any more.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">Workers are not to be had, or all of them fail.</exception>
    public async Task<int> KeepAsync(CancellationToken interrupted)
    {
        try
        {
            while (true)
            {
                if (await StepAsync(interrupted) is { } exitCode)
                    return exitCode;
                await Task.Delay(Pause, options.Time, interrupted);
            }
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            words.Leave();
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Looks once, and does what is to be done.</summary>
    /// <returns>One of <see cref="ExitCode"/> at the end; null while it is to go on.</returns>
    /// <inheritdoc cref="KeepAsync"/>
    public async Task<int?> StepAsync(CancellationToken cancellation)
    {
        try
        {
            var exitCode = await TendAsync(cancellation);
            if (_failures > 0)
                words.Back();
            _failures = 0;
            return exitCode;
        }
        catch (AwayException away)
        {
            _failures++;
            words.Away(away.Message, isFirst: _failures == 1);
            return null;
        }
    }

    protected KeeperOptions Options => options;

    protected TWords Words => words;

    /// <inheritdoc cref="StepAsync"/>
    /// <exception cref="AwayException">It is to be done again, after a pause.</exception>
    protected abstract Task<int?> TendAsync(CancellationToken cancellation);

    /// <summary>Whether the coordinator has been away for too long.</summary>
    protected bool IsAbandoned(RunStage stage)
    {
        if (stage != RunStage.Away)
        {
            if (_alone is not null)
                words.Return();
            _alone = null;
            return false;
        }

        if (_alone is null)
            words.Alone(options.GiveUpAfter);
        _alone ??= options.Time.GetTimestamp();
        return options.Time.GetElapsedTime(_alone.Value) >= options.GiveUpAfter;
    }
}

/// <summary>How a <see cref="Keeper{TWords}"/> goes about it.</summary>
/// <param name="Interval">Between two looks.</param>
/// <param name="GiveUpAfter">Of a coordinator that is away.</param>
internal sealed record KeeperOptions(TimeSpan Interval, TimeSpan GiveUpAfter)
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Uniform in [0, 1).</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;
}

/// <summary>Who is asked for workers gives no answer, or has no room; that may pass.</summary>
internal sealed class AwayException(string reason) : Exception(reason);

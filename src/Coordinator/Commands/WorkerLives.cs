using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>
/// How the lives of one local worker have ended, and what follows from it. It is started again for as long as that may
/// help: the same end again and again, while the run does not get on, will not become another.
/// </summary>
/// <remarks>
/// A document that ends the process makes many lives end alike too. Between two of these deaths a half of its window is
/// scored, which is progress, so that they do not count as a row.
/// </remarks>
/// <param name="progress">Grows while the run gets on, whoever does the work.</param>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed partial class WorkerLives(Func<long> progress, TimeProvider time, Func<double>? random = null)
{
    /// <summary>Ends of one kind in a row after which there is no other life.</summary>
    public const int MostAlike = 5;

    /// <summary>After a life of this length the next one comes as soon as after the first.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);

    private readonly RetryOptions _pauses = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(500),
        LongestDelay = TimeSpan.FromMinutes(1),
        Random = random ?? Random.Shared.NextDouble,
    };

    private long _began;
    private int _short;
    private int _alike;
    private string? _end;
    private long _progress;

    /// <summary>Before the next life.</summary>
    public TimeSpan Pause => _pauses.PauseAfter(Math.Max(1, _short));

    /// <summary>The last <see cref="MostAlike"/> lives have ended the same way, and nothing got done meanwhile.</summary>
    public bool EndAlike => _alike >= MostAlike;

    public void Begin() => _began = time.GetTimestamp();

    public void End(int exitCode, string lastLine)
    {
        _short = time.GetElapsedTime(_began) >= Healthy ? 1 : _short + 1;
        var now = progress();
        var end = KindOf(exitCode, lastLine);
        _alike = end == _end && now == _progress ? _alike + 1 : 1;
        (_end, _progress) = (end, now);
    }

    /// <summary>Numbers and digests in what it said differ from life to life; whom a signal ended said nothing of it.
    /// </summary>
    private static string KindOf(int exitCode, string lastLine) => Signals.NameOf(exitCode) is not null
        ? $"{exitCode}"
        : $"{exitCode} {Numbers().Replace(lastLine, "#")}";

    [GeneratedRegex("[0-9a-fA-F]{8,}|[0-9]+")]
    private static partial Regex Numbers();
}

/// <summary>What ends a process from outside, or by a fault of its own.</summary>
internal static class Signals
{
    /// <param name="exitCode">128 and the signal's number, as shells and .NET have it.</param>
    /// <returns>Null where no signal is known to have ended the process.</returns>
    public static string? NameOf(int exitCode) => OperatingSystem.IsWindows() ? null : (exitCode - 128) switch
    {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL (perhaps for want of memory)",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => null,
    };
}

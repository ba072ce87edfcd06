using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>What the programs tell the shell.</summary>
public static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The run ended, but files failed.</summary>
    public const int FilesFailed = 3;

    /// <summary>
    /// A worker's: the run is not over, and its coordinator was interrupted, was lost or never came, for too long.
    /// </summary>
    public const int NoCoordinator = 4;

    /// <summary>A worker's: the coordinator has no use for it, however often it comes.</summary>
    public const int TurnedAway = 5;

    /// <summary>Ended by a signal: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}

/// <summary>Something the person at the keyboard can put right. The message is the whole line that is shown.</summary>
public sealed class UserErrorException(string message, int exitCode = ExitCode.Failure, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One of <see cref="Common.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Turns an exception into the one line that a person sees, without secrets, and the exit code.</summary>
public static partial class ErrorLine
{
    /// <summary>What a file or a peer has put into a message must not fill a screen.</summary>
    private const int Longest = 2000;

    /// <returns>A line of plain text, see <see cref="PlainText"/>, and one of <see cref="ExitCode"/>.</returns>
    public static (string Line, int ExitCode) Describe(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        UserErrorException user => (OneLine(user.Message), user.ExitCode),
        OperationCanceledException => ("interrupted", ExitCode.Interrupted),
        _ when DiskFaults.IsFull(exception) => (OneLine(DiskFaults.Describe(exception)), ExitCode.Failure),
        InvalidDataException or FormatException or IOException or UnauthorizedAccessException or NotSupportedException
            or DllNotFoundException => (OneLine(exception.Message), ExitCode.Failure),
        OutOfMemoryException => ("out of memory; lower --token-budget or --threads", ExitCode.Failure),
        _ => (OneLine($"unexpected error: {exception.GetType().Name}: {exception.Message}") +
            " (--verbose shows where)", ExitCode.Failure),
    };

    private static string OneLine(string text) =>
        PlainText.Clean(Redaction.Clean(LineBreaks().Replace(text.Trim(), " ")), Longest);

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex LineBreaks();
}

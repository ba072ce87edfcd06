using System.Text.RegularExpressions;

namespace FineWebTorch.Cli;

/// <summary>Turns an exception into the one line that a person sees, and the exit code.</summary>
public static partial class ErrorLine
{
    /// <returns>A line without line breaks, and one of <see cref="ExitCode"/>.</returns>
    public static (string Line, int ExitCode) Describe(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        UserErrorException user => (OneLine(user.Message), user.ExitCode),
        OperationCanceledException => ("interrupted", ExitCode.Interrupted),
        InvalidDataException or FormatException or IOException or UnauthorizedAccessException or NotSupportedException
            or DllNotFoundException => (OneLine(exception.Message), ExitCode.Failure),
        OutOfMemoryException => ("out of memory; lower --token-budget or --threads", ExitCode.Failure),
        _ => (OneLine($"unexpected error: {exception.GetType().Name}: {exception.Message}") +
            " (--verbose shows where)", ExitCode.Failure),
    };

    private static string OneLine(string text) => LineBreaks().Replace(text.Trim(), " ");

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex LineBreaks();
}

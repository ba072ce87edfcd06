namespace FineWebTorch.Cli;

/// <summary>Something the person at the keyboard can put right. The message is the whole line that is shown.</summary>
public sealed class UserErrorException(string message, int exitCode = ExitCode.Failure, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

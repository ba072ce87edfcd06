namespace FineWebTorch.Cli;

/// <summary>What the programs tell the shell.</summary>
public static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The run ended, but files were set aside.</summary>
    public const int FilesSetAside = 3;

    /// <summary>Ended by a signal: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}

using FineWebTorch.Common;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>Where a process keeps the log that it was asked for.</summary>
internal static class LogPlace
{
    /// <summary>Of a file; with the four old ones that are kept a log takes five times as much.</summary>
    private const long MostBytes = 8 << 20;

    /// <summary>Processes of one program and machine that have a file each in one folder.</summary>
    private const int MostProcesses = 1_000;

    /// <param name="place">A file; or a folder, in which this process gets a file that no other one writes to.</param>
    /// <exception cref="UserErrorException">It cannot be written there.</exception>
    public static RotatedLines Claim(string place, string program)
    {
        try
        {
            return Directory.Exists(place) || Path.EndsInDirectorySeparator(place)
                ? ClaimIn(place, $"{program}-{NameOf(Environment.MachineName)}")
                : Open(place);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--log-file {place}: {fault.Message}", ExitCode.Usage, fault);
        }
    }

    /// <summary>A file that is made by its first line, in a folder that is made now.</summary>
    public static RotatedLines Of(string path)
    {
        try
        {
            PrivateFile.MakeFolder(Path.GetDirectoryName(path)!);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first line finds out.
            _ = fault;
        }

        return new RotatedLines(path) { IsPrivate = true, MostBytes = MostBytes };
    }

    private static RotatedLines ClaimIn(string folder, string name)
    {
        PrivateFile.MakeFolder(folder);
        for (var number = 1; ; number++)
        {
            try
            {
                return Open(Path.Combine(folder, number == 1 ? $"{name}.jsonl" : $"{name}-{number}.jsonl"));
            }
            catch (FileTakenException) when (number < MostProcesses)
            {
                // The next name is free, or the one after it.
            }
        }
    }

    private static RotatedLines Open(string path)
    {
        var lines = new RotatedLines(path) { IsPrivate = true, MostBytes = MostBytes };
        lines.Open();
        return lines;
    }

    private static string NameOf(string machine) =>
        string.Concat(machine.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
}

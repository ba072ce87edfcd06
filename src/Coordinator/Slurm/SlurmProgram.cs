using System.ComponentModel;
using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>Runs a command of Slurm to its end.</summary>
/// <param name="input">All that it finds on standard input.</param>
internal delegate Task<(int ExitCode, string Output, string Errors)> SlurmProgram(
    string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellation);

/// <summary>The programs themselves.</summary>
internal static class SlurmPrograms
{
    /// <summary>Without its controller each gives up by itself after some seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <exception cref="UserErrorException">Slurm is not installed here.</exception>
    /// <exception cref="AwayException">It does not end.</exception>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellation)
    {
        using var process = Start(program, arguments);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await WriteAsync(process.StandardInput, input, patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AwayException($"{program} did not end within {Durations.Describe(Patience)}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Jobs get the environment that they are submitted from, and Slurm keeps a copy.
        SlurmScript.KeepForOneself(start.Environment);
        // Its words are looked at.
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new UserErrorException(
                $"{program} cannot be started ({missing.Message}): type this where Slurm's commands are, as on a login " +
                "node of the cluster", inner: missing);
        }
    }

    private static async Task WriteAsync(StreamWriter input, string? text, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync((text ?? "").AsMemory(), cancellation);
            input.Close();
        }
        catch (IOException)
        {
            // It has ended without reading; its errors say why.
        }
    }
}

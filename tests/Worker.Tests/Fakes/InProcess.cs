using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Runs the program's commands in this process.</summary>
internal static class InProcess
{
    public static async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments)
    {
        var error = new StringWriter { NewLine = "\n" };
        var exitCode = await CommandLineApp.RunAsync(
            WorkerCommand.Create(), arguments, TestContext.Current.CancellationToken, error);
        // In a test host the root command has the host's name.
        var name = error.ToString().Split(": ")[0];
        var told = error.ToString();
        return (exitCode, name.Length == 0 ? told : told.Replace(name, "worker", StringComparison.Ordinal));
    }
}

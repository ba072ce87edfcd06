using System.Diagnostics;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// A worker for each GPU of this machine, as a process of its own that sees that GPU alone. One that fails is started again
/// a few times; the others go on meanwhile.
/// </summary>
/// <param name="live">One life of the worker on a GPU; its exit code.</param>
/// <param name="tell">Hears of those that fail.</param>
internal sealed class GpuWorkers(
    Func<string, CancellationToken, Task<int>> live, Action<string> tell, TimeProvider time, Func<double> random)
{
    /// <summary>What this process does for all of its workers, or says to each.</summary>
    private static readonly string[] Own = ["--gpu", "--spot-notice", "--signal-exit-code"];

    private readonly RetryOptions _lives = new()
    {
        Attempts = 5,
        FirstDelay = TimeSpan.FromSeconds(15),
        LongestDelay = TimeSpan.FromMinutes(2),
        Time = time,
        Random = random,
    };

    /// <summary>Until all have ended.</summary>
    /// <returns>0 where all ended in order; else the exit code of one that did not.</returns>
    public async Task<int> RunAsync(IEnumerable<string> gpus, CancellationToken stop)
    {
        var exitCodes = await Task.WhenAll(gpus.Select(gpu => KeepAsync(gpu, stop)));
        return exitCodes.FirstOrDefault(exitCode => exitCode != ExitCode.Success);
    }

    /// <summary>A worker of this program itself, with the arguments that it was given.</summary>
    public static async Task<int> LiveAsync(string gpu, CancellationToken stop)
    {
        using var process = Process.Start(Describe(gpu, Environment.ProcessPath!, Environment.GetCommandLineArgs()))!;
        var said = PassOnAsync(process.StandardError, Console.Error, gpu);
        // At the end of its input it ends in order. A signal might be its second one, for a terminal signals all.
        await using var registration = stop.Register(process.StandardInput.Close);
        await process.WaitForExitAsync(CancellationToken.None);
        await said;
        return process.ExitCode;
    }

    /// <param name="program">What this process runs: ours, or the one that runs our assembly.</param>
    /// <param name="arguments">The first is our assembly.</param>
    internal static ProcessStartInfo Describe(string gpu, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(arguments[0]);
        for (var i = 1; i < arguments.Length; i++)
        {
            if (Own.Contains(arguments[i]))
                i++;
            else if (!Own.Contains(arguments[i].Split('=')[0]) && arguments[i] != "--end-with-stdin")
                start.ArgumentList.Add(arguments[i]);
        }

        foreach (var argument in (string[])
            ["--gpu", "0", "--end-with-stdin", "--spot-notice", "off", "--signal-exit-code", "0"])
            start.ArgumentList.Add(argument);
        start.Environment["CUDA_VISIBLE_DEVICES"] = gpu;
        return start;
    }

    private async Task<int> KeepAsync(string gpu, CancellationToken stop)
    {
        var retry = Retry.Create(
            _lives,
            failure => failure is LifeEndedException { MayHelp: true } && !stop.IsCancellationRequested,
            onRetry: (failure, pause, _) =>
                tell($"the worker on GPU {gpu} {failure.Message}; another starts in {NumberText.Duration(pause)}"));
        try
        {
            await retry.ExecuteAsync(async _ =>
            {
                if (await live(gpu, stop) is not ExitCode.Success and var exitCode)
                    throw new LifeEndedException(exitCode);
            }, stop);
            return ExitCode.Success;
        }
        catch (LifeEndedException end)
        {
            tell($"the worker on GPU {gpu} {end.Message}, and no other is started there");
            return end.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
    }

    private static async Task PassOnAsync(StreamReader from, TextWriter to, string gpu)
    {
        while (await from.ReadLineAsync() is { } line)
            await to.WriteLineAsync($"GPU {gpu}: {line}");
    }

    private sealed class LifeEndedException(int exitCode) : Exception($"ended with exit code {exitCode}")
    {
        public int ExitCode { get; } = exitCode;

        /// <summary>Who is turned away, or was told nonsense, will be again.</summary>
        public bool MayHelp => ExitCode is not (Common.ExitCode.Usage or Common.ExitCode.TurnedAway or
            Common.ExitCode.NoCoordinator or Common.ExitCode.Interrupted);
    }
}

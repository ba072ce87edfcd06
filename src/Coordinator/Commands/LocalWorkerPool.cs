using System.Diagnostics;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Worker processes on this machine, started and kept alive by the coordinator.</summary>
internal sealed class LocalWorkerPool : IAsyncDisposable
{
    private const int MaxDeaths = 5;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _keepers;
    private readonly Uri _coordinator;
    private readonly string _runFolder;
    private readonly IRunObserver _observer;
    private readonly TimeProvider _time;
    private readonly int _count;
    private int _alive;
    private volatile bool _endIsDue;

    /// <param name="program">Needed unless <paramref name="count"/> is 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="coordinator">Where they are to dial in.</param>
    /// <param name="runFolder">Gets a log file a worker.</param>
    /// <param name="observer">Hears of deaths.</param>
    /// <param name="time">For waits.</param>
    public LocalWorkerPool(
        string? program, int count, Uri coordinator, string runFolder, IRunObserver observer, TimeProvider time)
    {
        (_coordinator, _runFolder, _observer, _time) = (coordinator, runFolder, observer, time);
        _count = _alive = count;
        _keepers = [.. Enumerable.Range(0, count).Select(index => KeepAsync(program!, index))];
    }

    /// <summary>Fails when the last one has died too often; never ends otherwise.</summary>
    public Task GaveUp => _gaveUp.Task;

    /// <summary>They are about to be told to end: none is started again.</summary>
    public void ExpectEnd() => _endIsDue = true;

    /// <summary>They have been told to end by now; who does not is ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_keepers);
        _ending.Dispose();
    }

    private async Task KeepAsync(string program, int index)
    {
        var log = Path.Combine(_runFolder, $"local-worker-{index}.log");
        var retry = Retry.Create(
            new RetryOptions { Attempts = MaxDeaths, FirstDelay = FirstDelay, Time = _time },
            failure => failure is WorkerDiedException { IsFinal: false });
        try
        {
            await retry.ExecuteAsync(async _ => await LiveAsync(program, index, log), _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // It was to be started again, and the session ends.
        }
        catch (WorkerDiedException death)
        {
            if (Interlocked.Decrement(ref _alive) == 0)
                _gaveUp.TrySetException(new UserErrorException(
                    (death.IsFinal
                        ? "no local worker can take part in this run; "
                        : $"the local workers ended {MaxDeaths} times each; ") +
                    $"the last said: {death.LastLine} (more in {log})"));
        }
    }

    /// <summary>One life of a worker.</summary>
    /// <exception cref="WorkerDiedException">It ended though nobody had asked it to.</exception>
    private async ValueTask LiveAsync(string program, int index, string log)
    {
        var (exitCode, last) = await RunAsync(program, index, log);
        if (exitCode == ExitCode.Success || _endIsDue || _ending.IsCancellationRequested)
            return;
        var death = new WorkerDiedException(exitCode, last);
        // The coordinator itself has told whom it turned away, and why.
        if (exitCode != ExitCode.TurnedAway)
            _observer.Observe(new RunEvent.Warning($"local worker {index} ended with exit code {exitCode}: {last}"));
        throw death;
    }

    /// <returns>Its exit code and its last line.</returns>
    private async Task<(int ExitCode, string LastLine)> RunAsync(string program, int index, string log)
    {
        var lastLine = "it said nothing";
        var lines = new Lock();
        using var process = new Process { StartInfo = Describe(program, index) };
        void OnLine(object sender, DataReceivedEventArgs line)
        {
            if (string.IsNullOrWhiteSpace(line.Data))
                return;
            lock (lines)
            {
                lastLine = line.Data;
                Append(log, line.Data);
            }
        }

        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await UntilEndedAsync(process);
        return (process.ExitCode, lastLine);
    }

    /// <summary>A log that finds no room on its disk is none; the run says what it cannot do without.</summary>
    private static void Append(string log, string line)
    {
        try
        {
            File.AppendAllText(log, line + Environment.NewLine);
        }
        catch (IOException full)
        {
            _ = full;
        }
    }

    private ProcessStartInfo Describe(string program, int index)
    {
        var start = new ProcessStartInfo(program)
        {
            // Nothing is written there: it closes with this process, however that ends, and the worker ends too.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var threads = Math.Max(1, Environment.ProcessorCount / _count);
        foreach (var argument in (string[])
            ["--threads", threads.ToString(CultureInfo.InvariantCulture), "--end-with-stdin", "--no-wait",
            "--coordinator", _coordinator.GetLeftPart(UriPartial.Authority)])
            start.ArgumentList.Add(argument);
        // Workers get signed addresses and have no use for the token; the file of options is the coordinator's; and
        // options for workers elsewhere must not keep those here from the coordinator, or beyond its end.
        foreach (var variable in (string[])
            ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "FINEWEB_CONFIG", "FINEWEB_QUIET", "FINEWEB_PROXY", "FINEWEB_STAY"])
            start.Environment.Remove(variable);
        var gpus = WorkerProgram.CountGpus();
        if (gpus > 1 && !start.Environment.ContainsKey("CUDA_VISIBLE_DEVICES"))
            start.Environment["CUDA_VISIBLE_DEVICES"] = (index % gpus).ToString(CultureInfo.InvariantCulture);
        return start;
    }

    private async Task UntilEndedAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(_ending.Token);
        }
        catch (OperationCanceledException)
        {
            using var patience = new CancellationTokenSource(EndTime, _time);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private sealed class WorkerDiedException(int exitCode, string lastLine)
        : Exception($"exit code {exitCode}: {lastLine}")
    {
        public string LastLine { get; } = lastLine;

        /// <summary>Another life would end the same way.</summary>
        public bool IsFinal { get; } = exitCode is ExitCode.TurnedAway or ExitCode.Usage;
    }
}

/// <summary>Finds what <c>--local-workers</c> starts.</summary>
internal static class WorkerProgram
{
    private const string Variable = "FINEWEB_WORKER";

    /// <summary>
    /// The program that FINEWEB_WORKER names, else <c>worker</c> beside this program, else <c>bin/worker</c> in a
    /// folder above it.
    /// </summary>
    /// <exception cref="UserErrorException">It is in none of these places.</exception>
    public static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "worker.exe" : "worker";
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return File.Exists(given)
                ? Path.GetFullPath(given)
                : throw new UserErrorException($"{Variable}={given}: no such file");
        return Candidates(name).FirstOrDefault(File.Exists) ?? throw new UserErrorException(
            $"--local-workers: the worker program is not beside this one ({AppContext.BaseDirectory}) nor in a bin " +
            $"folder above it; set {Variable} to its path");
    }

    public static int CountGpus() => OperatingSystem.IsLinux()
        ? Directory.EnumerateFiles("/dev", "nvidia*").Count(path => char.IsAsciiDigit(path[^1]))
        : 0;

    private static IEnumerable<string> Candidates(string name)
    {
        yield return Path.Combine(AppContext.BaseDirectory, name);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "bin", name);
    }
}

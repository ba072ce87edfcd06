using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Worker processes on this machine, started and kept alive by the coordinator.</summary>
internal sealed class LocalWorkerPool : IAsyncDisposable
{
    /// <summary>In the place of an exit code.</summary>
    private const int NotStarted = -1;

    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _keepers;
    private readonly Uri _coordinator;
    private readonly string _runFolder;
    private readonly IRunObserver _observer;
    private readonly TimeProvider _time;
    private readonly LocalRun _run;
    private readonly int _count;
    private int _alive;
    private volatile bool _endIsDue;

    /// <summary>Why one that is missed is not started again.</summary>
    private volatile string? _why;

    /// <param name="program">Needed unless <paramref name="count"/> is 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="coordinator">Where they are to dial in.</param>
    /// <param name="runFolder">Gets two logs a worker: of what it says, and of what it logs.</param>
    /// <param name="observer">Hears of deaths.</param>
    /// <param name="time">For waits.</param>
    /// <param name="run">What they work for.</param>
    public LocalWorkerPool(
        string? program, int count, Uri coordinator, string runFolder, IRunObserver observer, TimeProvider time,
        LocalRun run)
    {
        (_coordinator, _runFolder, _observer, _time, _run) = (coordinator, runFolder, observer, time, run);
        _count = _alive = count;
        _keepers = [.. Enumerable.Range(0, count).Select(index => KeepAsync(program!, index))];
    }

    /// <summary>Fails when none is started again any more; never ends otherwise.</summary>
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
        using var log = new RotatedLines(Path.Combine(_runFolder, $"local-worker-{index}.log"))
        {
            IsPrivate = true,
            MostOld = 1,
        };
        var lives = new WorkerLives(_run.Progress, _time);
        var retry = Retry.Create(
            new RetryOptions { Attempts = RetryOptions.Forever, Time = _time },
            failure => failure is WorkerDiedException { IsFinal: false } && !lives.EndAlike,
            (_, _) => lives.Pause);
        try
        {
            await retry.ExecuteAsync(async _ => await LiveAsync(program, index, log, lives), _ending.Token);
            // Drained by a person, unless the session is at its end.
            Miss(_why ?? (_run.IsAlone && !_endIsDue
                ? "no local worker is left, and this run listens on loopback alone; the same command goes on with it"
                : null));
        }
        catch (OperationCanceledException)
        {
            // It was to be started again, and the session ends.
        }
        catch (WorkerDiedException death)
        {
            Miss(
                (death.IsFinal
                    ? "no local worker can take part in this run; "
                    : $"local workers ended {WorkerLives.MostAlike} times in a row the same way while nothing " +
                        $"got done; the last {death.How}; ") +
                $"the last said: {death.LastLine} (more in {log.Path})");
        }
    }

    /// <summary>A worker is not started again.</summary>
    /// <param name="why">Said when none is left; null where that is as it should be.</param>
    private void Miss(string? why)
    {
        _why = why;
        if (Interlocked.Decrement(ref _alive) == 0 && _why is { } reason)
            _gaveUp.TrySetException(new UserErrorException(reason));
    }

    /// <summary>One life of a worker.</summary>
    /// <exception cref="WorkerDiedException">It ended though nobody had asked it to.</exception>
    private async ValueTask LiveAsync(string program, int index, RotatedLines log, WorkerLives lives)
    {
        lives.Begin();
        var token = _run.Token();
        var (exitCode, last) = await TryRunAsync(program, index, log);
        if (exitCode == ExitCode.Success || _endIsDue || _ending.IsCancellationRequested)
            return;
        lives.End(exitCode, last);
        // One that knew the key of a certificate which was renewed with another is let in by the token of today.
        var death = new WorkerDiedException(exitCode, last, isFinal: token == _run.Token());
        // The coordinator itself has told whom it turned away, and why.
        if (exitCode != ExitCode.TurnedAway)
            _observer.Observe(new RunEvent.Warning($"local worker {index} {death.How}: {last}"));
        throw death;
    }

    /// <summary>The machine may have no room for a process now; the program may be gone for good.</summary>
    private async Task<(int ExitCode, string LastLine)> TryRunAsync(string program, int index, RotatedLines log)
    {
        try
        {
            return await RunAsync(program, index, log);
        }
        catch (Win32Exception fault)
        {
            return (NotStarted, fault.Message);
        }
    }

    /// <returns>Its exit code and its last line.</returns>
    private async Task<(int ExitCode, string LastLine)> RunAsync(string program, int index, RotatedLines log)
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
        _run.ProcessStarted(process.Id);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await UntilEndedAsync(process);
        if (process.ExitCode != ExitCode.Success)
            _run.ProcessEnded(process.Id);
        return (process.ExitCode, MessageChecks.Clean(lastLine));
    }

    /// <summary>A log that finds no room on its disk is none; the run says what it cannot do without.</summary>
    private static void Append(RotatedLines log, string line)
    {
        try
        {
            log.Write(line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _ = exception;
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
            "--log-file", CoordinatorLog.PathOf(_runFolder, index), "--log-level", _run.LogLevel,
            "--coordinator", _coordinator.GetLeftPart(UriPartial.Authority)])
            start.ArgumentList.Add(argument);
        WorkerProgram.KeepForOneself(start.Environment);
        // Arguments are seen by all users of a machine, variables only by this one.
        if (_run.Token() is { } token)
            start.Environment["FINEWEB_JOIN"] = token.Write().Reveal();
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

    /// <param name="isFinal">Whoever turns it away would do so again.</param>
    private sealed class WorkerDiedException(int exitCode, string lastLine, bool isFinal)
        : Exception($"exit code {exitCode}: {lastLine}")
    {
        public string LastLine { get; } = lastLine;

        public string How { get; } = exitCode == NotStarted ? "could not be started"
            : Signals.NameOf(exitCode) is { } signal ? $"was ended by {signal}"
            : $"ended with exit code {exitCode}";

        /// <summary>Another life would end the same way.</summary>
        public bool IsFinal { get; } = isFinal && exitCode is ExitCode.TurnedAway or ExitCode.Usage;
    }
}

/// <summary>The run that local workers work for.</summary>
/// <param name="Progress">Grows while the run gets on, whoever does the work.</param>
/// <param name="ProcessEnded">Told of every process that has ended otherwise than in order.</param>
internal sealed record LocalRun(Func<long> Progress, Action<int> ProcessEnded)
{
    /// <summary>No other worker can take part.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Of their logs, as <c>--log-level</c> has it.</summary>
    public string LogLevel { get; init; } = new LogOptions().LevelText;

    /// <summary>Told of every process.</summary>
    public Action<int> ProcessStarted { get; init; } = _ => { };

    /// <summary>Lets them in, as of now; null where everyone is let in.</summary>
    public Func<JoinToken?> Token { get; init; } = () => null;
}

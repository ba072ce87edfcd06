using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Reports;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Sessions;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Works on a prepared run until it is over or the person asks for an end.</summary>
/// <param name="options">Of the command.</param>
/// <param name="run">Locked and open.</param>
/// <param name="reporter">Hears of everything; must not wait, see <see cref="ReportQueue"/>.</param>
/// <param name="time">For time-outs and rates.</param>
/// <param name="workerProgram">What local workers run; may be null where none are wanted.</param>
internal sealed class RunSession(
    RunOptions options, PreparedRun run, IReporter reporter, TimeProvider time, string? workerProgram)
{
    /// <summary>Workers are to finish the batch in flight and send it: within 10 s on any device.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    /// <summary>For workers to hear that the run is over.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(5);

    /// <summary>In it, a worker that has lost a session is back: it redials at least every 15 s.</summary>
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(20);

    /// <summary>Of a file on the Hub, for the report.</summary>
    private const long MostBytesOfExamples = 64_000_000;

    private static readonly TimeSpan ReminderInterval = TimeSpan.FromMinutes(1);

    private readonly RunPullRequest? _pullRequest = run.HubOutput is { } output
        ? new RunPullRequest(output, run.PullRequest)
        : null;

    private StepPublisher? _steps;

    /// <summary>Of this session, as whoever watched it has been shown; null where no price is known.</summary>
    private double? _cost;

    /// <summary>From which documents of inputs there are read for whoever watches.</summary>
    public Lazy<HubAccess> Hub { get; init; } =
        new(() => throw new UserErrorException("documents of inputs on the Hub are not read here"));

    /// <summary>Gets what the web server warns of.</summary>
    public ProgramLog Log { get; init; } = ProgramLog.Silent;

    /// <summary>Local workers do the work, and no other can come.</summary>
    private bool IsAlone => options.LocalWorkers > 0 && IPAddress.IsLoopback(options.Listen.Address);

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        var history = new EventHistory(reporter, time);
        using var events = new EventLog(run.Places.RunFolder, history, time);
        try
        {
            return await RunAsync(events, history, interrupted);
        }
        catch (Exception exception)
        {
            events.Note(EventLog.EndedEvent, new { State = "stopped", Reason = ErrorLine.Describe(exception).Line });
            throw;
        }
    }

    private async Task<int> RunAsync(EventLog events, EventHistory history, CancellationToken interrupted)
    {
        var before = (run.Core.Totals.Rows, run.Core.Totals.Tokens);
        var start = time.GetTimestamp();
        var state = await ServeAsync(events, history, interrupted);
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        var summary = RunSummary.Create(state, run.Core, run.Ledger, run.Places, before, seconds);
        if (state == "finished" && run.Places.Held is not null)
            summary = Release(summary);
        if (state == "finished" && run.HubOutput is null && summary.NotPublished is null)
            summary = await DescribeAsync(summary, interrupted);
        PublicReport? report = null;
        if (state == "finished")
            (summary, report) = await ReportAsync(summary, interrupted);
        if (state == "finished" && run.HubOutput is { } output)
        {
            // Nobody has to wait for workers any more, should the publication not come to its end.
            Write(summary with { State = "publishing" });
            var published = await new RunPublisher(
                output, run.HubInput, _pullRequest!, run.Ledger, run.Core, run.Places, events)
            {
                Report = report,
            }.PublishAsync(interrupted);
            summary = summary with { Commits = published.Commits, NotPublished = published.Withheld };
            if (published.Commits.Count > 0)
                events.Note("published", new { published.Commits });
        }

        if (summary.Commits is not { Count: > 0 } && _pullRequest?.Number is { } number &&
            run.Core.CommittedShards is > 0 and var safe)
            summary = summary with { Safe = new SafeShards(safe, PullRequest.RevisionOf(number)) };

        Write(summary);
        events.Note(
            EventLog.EndedEvent,
            new { summary.State, summary.FilesDone, summary.RowsScored, summary.NotPublished });
        reporter.Finished(summary);
        return (state, summary.FilesFailed.Count) switch
        {
            ("interrupted", _) => ExitCode.Interrupted,
            (_, > 0) => ExitCode.FilesFailed,
            _ => ExitCode.Success,
        };
    }

    /// <summary>As on the Hub, where files have failed the earlier run's shards stay, unless they need not.</summary>
    private RunSummary Release(RunSummary summary)
    {
        var failed = summary.FilesFailed.Count;
        if (failed > 0 && !options.Publish.AllowMissing)
            return summary with
            {
                NotPublished = $"{failed} of {NumberText.Count(summary.Files, "file")} failed: the earlier shards in " +
                    $"{run.Places.Output} stay, and this run's wait in {run.Places.Held}; --allow-missing replaces them",
            };
        HeldShards.Release(run.Places, run.Earlier);
        return summary;
    }

    /// <summary>A card that cannot be written costs no shard: it is said, and the same command tries again.</summary>
    private async Task<RunSummary> DescribeAsync(RunSummary summary, CancellationToken interrupted)
    {
        try
        {
            await new LocalCard(run.Core, run.Ledger, run.HubInput, run.Places)
                .WriteAsync(HubEnvironment.DefaultEndpoint, interrupted);
            return summary;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or HubException or
            ParquetFileException)
        {
            return summary with
            {
                Warnings = [.. summary.Warnings, $"README.md in {run.Places.Output} is not up to date: " +
                    exception.Message],
            };
        }
    }

    /// <summary>How the run went, for people: what of it cannot be written costs no run.</summary>
    private async Task<(RunSummary, PublicReport?)> ReportAsync(RunSummary summary, CancellationToken interrupted)
    {
        var place = run.HubOutput is { } output
            ? CardPlace.Of(output)
            : CardPlace.Of(run.Places.Output, HubEnvironment.DefaultEndpoint);
        var rows = new RowFiles(Hub, run.Core.Spec) { MostBytes = MostBytesOfExamples };
        var written = await new RunReport(
            run.Core, run.Ledger, run.Places, place, rows,
            new ReportOptions(options.ReportExamples, options.Web.PricePerHour), time)
        {
            SessionCost = _cost,
        }.WriteAsync(
            summary, toOutput: run.HubOutput is null && summary is { NotPublished: null, FilesDone: > 0 }, interrupted);
        return (
            written.Problem is { } problem ? summary with { Warnings = [.. summary.Warnings, problem] } : summary,
            written.Content is { } content ? new PublicReport(content, file => ReportPage.IsReport(file)) : null);
    }

    private void Write(RunSummary summary) => AtomicFile.Write(
        run.Places.SummaryPath, [.. JsonSerializer.SerializeToUtf8Bytes(summary, RunSummary.IndentedJson), (byte)'\n']);

    /// <returns>The state in which the run is left.</returns>
    private async Task<string> ServeAsync(EventLog events, EventHistory history, CancellationToken interrupted)
    {
        var wasOver = run.Core.IsOver;
        if (!wasOver)
            File.Delete(run.Places.SummaryPath);
        var output = new OutputWatch(run.Places, events);
        var local = new ConcurrentDictionary<int, bool>();
        run.Core.Hear = new RemoteLog(
            Log, time, worker => local.ContainsKey(worker.ProcessId) && worker.IsOf(worker.ProcessId)).Take;
        await using var loop = new RunLoop(run.Core, run.Ledger, output, time);
        using var guard = GuardOf(output);
        var access = RunAccess.Of(
            options.Access, options.Listen, run.Places.RunFolder, time,
            text => events.Observe(new RunEvent.Warning(text)));
        using var telemetry = new RunTelemetry(
            loop, new RunHealth(loop, run.HubInput?.Reach ?? run.HubOutput?.Hub.Transport.Reach), run.Places.RunFolder,
            scraped: options.Web.Listen is not null, time);
        await using var server = await CoordinatorServer.StartAsync(
            options.Listen, ServiceOf(loop, output, guard, access), guard, access.Certificate, Log.Provider, telemetry.Health);
        using var notice = CoordinatorNotice.Of(server.Address, run.Places.RunFolder).Leave(CoordinatorNotice.UserFolder);
        await using var watch = new RunWatch(
            async ending => await loop.SnapshotAsync(ending) with { Safe = _steps?.Safe },
            new RateMeter(options.Web.PricePerHour), time);
        await using var progress = new ProgressFile(watch, run.Places.RunFolder, history);
        var desk = ControlDesk.Of(loop, new RunInput(run.Core.Spec, run.HubInput, overwrite: false, _ => { }));
        await using var page = await new RunPage(options, run, telemetry, Hub, time).StartAsync(
            watch, history, loop, desk, guard.WrongTokens, access.Certificate, events);
        await using var control = await ControlServer.TryStartAsync(
            run.Places.RunFolder, desk, loop, events, guard.Limits, () => page?.Invite());
        Greet(server.Address, access.First, page, events);
        using var reminder = Remind(events);
        await using var workers = new LocalWorkerPool(
            workerProgram, wasOver ? 0 : options.LocalWorkers, ListenAddress.OnThisMachine(server.Address),
            run.Places.RunFolder, events, time, new LocalRun(
                () => loop.Progress, process => _ = TellAsync(loop, process))
            {
                IsAlone = IsAlone,
                ProcessStarted = process => local[process] = true,
                LogLevel = options.Log.LevelText,
                Token = () => access.Owner,
            });
        var state = await WithStepsAsync(
            loop, events, () => UntilEndAsync(loop, watch, workers, output, interrupted), interrupted);
        // Workers of a session that was killed at its very end still wait to hear that it is over.
        if (wasOver && !File.Exists(run.Places.SummaryPath))
            await Task.Delay(FarewellTime, time, CancellationToken.None);
        _cost = watch.Now?.Rates.Cost?.SoFar;
        await (page?.EndAsync(state == "finished" ? state : "stopped", reason: null) ?? Task.CompletedTask);
        return state;
    }

    /// <summary>Where shards are published on the Hub, those of a long run are committed while it goes on.</summary>
    private Task<string> WithStepsAsync(
        RunLoop loop, IRunObserver events, Func<Task<string>> serve, CancellationToken interrupted)
    {
        if (run.HubOutput is not { Options.Mode: not PublishMode.End } output || run.Core.IsOver)
            return serve();
        _steps = new StepPublisher(
            output, _pullRequest!, run.Ledger, run.Core, run.Places, events, time,
            run.Core.CommittedShards);
        return _steps.WhileAsync(loop, serve, interrupted);
    }

    private PeerGuard GuardOf(OutputWatch observer)
    {
        var limits = new PeerLimits().Within(OpenFiles.Most);
        if (limits.Connections < PeerLimits.FewConnections)
            observer.Observe(new RunEvent.Warning(
                $"no more than {NumberText.Count(limits.Connections, "connection")} of workers can be taken, for this " +
                "process may have few files open; 'ulimit -Hn' before 'coordinator run' raises that"));
        return new PeerGuard(limits, time, observer);
    }

    private CoordinationService ServiceOf(
        RunLoop loop, OutputWatch output, PeerGuard guard, RunAccess access) => new(
        loop,
        new FileServer(run.Core.Run.Model, run.HubInput),
        new BuildServer(loop, run.Ledger, run.HubOutput),
        new ShardReceiver(
            loop, run.Places, new ShardPublisher(run.Places, () => run.Core.Run, options.Spec, run.HubOutput),
            output, () => run.Core.Description.Digest, run.HubOutput),
        guard, access);

    private async Task<string> UntilEndAsync(
        RunLoop loop, RunWatch watch, LocalWorkerPool workers, OutputWatch output, CancellationToken interrupted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var start = time.GetTimestamp();
        var progress = ReportAsync(watch, ending.Token);
        var abandoned = Task.WhenAny(
            WithoutWorkersAsync(loop, workers, ending.Token), WithoutHealthyWorkersAsync(loop, ending.Token)).Unwrap();
        await Task.WhenAny(
            loop.Over, loop.Hopeless, output.Broken, abandoned, Task.Delay(Timeout.InfiniteTimeSpan, ending.Token));
        await ending.CancelAsync();
        await progress;
        if (loop.Over.IsCompleted)
        {
            await OverAsync(loop);
            // One that delivered the last shard may have done so before it was back in session.
            await WhileAsync(() => loop.Awaited > 0, start, ReturnTime, interrupted);
            await UntilAllGoneAsync(loop, FarewellTime);
            return "finished";
        }

        workers.ExpectEnd();
        await loop.PostAsync(new RunCommand.Drain(), CancellationToken.None);
        await UntilAllGoneAsync(loop, DrainTime);
        if (loop.Hopeless.IsCompleted)
            throw new UserErrorException(await loop.Hopeless);
        if (output.Broken.IsCompleted)
            throw new UserErrorException(await output.Broken);
        if (!interrupted.IsCancellationRequested)
            await abandoned;
        return loop.Over.IsCompletedSuccessfully ? "finished" : "interrupted";
    }

    /// <exception cref="UserErrorException">The ledger's disk has no room.</exception>
    private async Task OverAsync(RunLoop loop)
    {
        try
        {
            await loop.Over;
        }
        catch (IOException full) when (DiskFaults.IsFull(full))
        {
            var last = await loop.SnapshotAsync();
            throw new UserErrorException(
                run.Ledger is SqliteLedger
                    ? FullDisk.Describe(
                        run.Places.RunFolder, RunDiskNeeds.OfLedger(last.Rows - last.RowsScored),
                        "the scores that are still to come")
                    : $"the ledger's database has no room ({full.Message.TrimEnd('.')}); nothing is lost and no file " +
                        "has failed: make room there, then give the same command again",
                inner: full);
        }
    }

    /// <summary>Fails when the local workers have given up and nobody else is there to do the work.</summary>
    private async Task WithoutWorkersAsync(RunLoop loop, LocalWorkerPool workers, CancellationToken ending)
    {
        try
        {
            await workers.GaveUp.WaitAsync(ending);
        }
        catch (UserErrorException)
        {
            while (loop.Sessions > 0)
                await Task.Delay(TimeSpan.FromSeconds(1), time, ending);
            throw;
        }
    }

    /// <summary>
    /// Fails when every worker is quarantined and none can come from elsewhere. Where others may join, the run waits
    /// for them, or until somebody allows one.
    /// </summary>
    private async Task WithoutHealthyWorkersAsync(RunLoop loop, CancellationToken ending)
    {
        var seen = 0;
        while (!IsAlone || seen < 2)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, ending);
            seen = loop.Standstill is not null && loop.Sessions >= options.LocalWorkers ? seen + 1 : 0;
        }

        throw new UserErrorException(
            $"{loop.Standstill ?? "no healthy worker is left"}; no file has failed for it: put it right, then give " +
            "the same command again");
    }

    /// <summary>The core need not wait for a worker whose process has ended.</summary>
    private static async Task TellAsync(RunLoop loop, int process)
    {
        try
        {
            await loop.PostAsync(new RunCommand.ProcessEnded(process));
        }
        catch (ChannelClosedException)
        {
            // The run has ended meanwhile.
        }
    }

    private async Task ReportAsync(RunWatch watch, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(reporter.Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                if (watch.Now is { } now)
                    reporter.Progress(now);
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    private Task UntilAllGoneAsync(RunLoop loop, TimeSpan atMost) =>
        WhileAsync(() => loop.Sessions > 0, time.GetTimestamp(), atMost, CancellationToken.None);

    private async Task WhileAsync(Func<bool> condition, long start, TimeSpan atMost, CancellationToken interrupted)
    {
        while (condition() && time.GetElapsedTime(start) < atMost && !interrupted.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None);
    }

    /// <summary>Says again and again that everyone may take part, where that is so.</summary>
    private ITimer? Remind(EventLog events) => !options.Access.Insecure || IPAddress.IsLoopback(options.Listen.Address)
        ? null
        : time.CreateTimer(
            _ => events.Observe(new RunEvent.Warning(
                $"--insecure: whoever reaches {options.Listen} may take part, and nothing is encrypted")),
            null, TimeSpan.Zero, ReminderInterval);

    private void Greet(Uri address, JoinToken? first, PageServer? page, EventLog events)
    {
        var core = run.Core;
        var snapshot = core.Snapshot(TimeSpan.Zero);
        var header = new RunHeader(
            run.Places.RunFolder, core.Run.Options["--output"], core.Run.Model.Id, snapshot.Files, snapshot.Rows,
            snapshot.RowsScored, run.IsResumed, address)
        {
            IsOver = core.IsOver,
            IsPaused = core.State.Paused,
            First = first,
            Page = page is null ? null : ListenAddress.ForOthers(page.Address),
            PageLink = page?.Invite(),
        };
        events.Note("started", header);
        reporter.Started(header);
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Preparation;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class RunSessionTests : IDisposable
{
    private readonly SampleRun _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Run_Interrupted_DrainsAndExitsWith130()
    {
        using var run = await _sample.PrepareAsync();
        using var interrupt = new CancellationTokenSource();
        var reporter = new Recorder { OnStart = interrupt.Cancel };

        var exitCode = await Session(run, reporter).RunAsync(interrupt.Token);

        Assert.Equal(ExitCode.Interrupted, exitCode);
        Assert.Equal("interrupted", reporter.Summary!.State);
        Assert.Equal("interrupted", (string)(await SummaryFileAsync())["state"]!);
    }

    [Fact]
    public async Task Run_EveryFileFails_EndsWith3AndAList()
    {
        foreach (var path in Directory.GetFiles(_sample["in"]))
            await File.WriteAllTextAsync(path, "no parquet");
        using var run = await _sample.PrepareAsync();
        var reporter = new Recorder();

        var exitCode = await Session(run, reporter).RunAsync(CancellationToken.None);

        Assert.Equal(ExitCode.FilesFailed, exitCode);
        Assert.Equal(4, (await SummaryFileAsync())["files_failed"]!.AsArray().Count);
        var lines = SummaryText.End(reporter.Summary!);
        Assert.Equal(4, lines.Count(line => line.StartsWith("  000_0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_PortInUse_IsOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var listen = $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        using var run = await _sample.PrepareAsync();
        var session = new RunSession(
            _sample.Arguments.With("--listen", listen).Parse(), run, new Recorder(),
            TimeProvider.System, workerProgram: null);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => session.RunAsync(CancellationToken.None));

        Assert.StartsWith($"--listen {listen}: the port is in use", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Nobody who looks in later is to take an open run for a guarded one.</summary>
    [Theory]
    [InlineData("0.0.0.0:0", 4)]
    [InlineData("127.0.0.1:0", 0)]
    public async Task Run_Insecure_WarnsAtOnceAndEachMinuteWhereOthersReachIt(string listen, int warnings)
    {
        var arguments = _sample.Arguments.With("--listen", listen, "--insecure", "true");
        using var run = await _sample.PrepareAsync(arguments);
        using var interrupt = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var (reporter, time) = (new Recorder { OnStart = started.SetResult }, new FakeTime());
        var running = new RunSession(arguments.Parse(), run, reporter, time, workerProgram: null)
            .RunAsync(interrupt.Token);
        await started.Task;
        // The first is told when the clock of the others has been set.
        while (warnings > 0 && reporter.WarningTexts.Count == 0)
            await Task.Yield();

        for (var second = 0; second < 185; second++)
            time.Advance(TimeSpan.FromSeconds(1));

        await interrupt.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await running);
        Assert.Equal(
            Enumerable.Repeat("--insecure: whoever reaches 0.0.0.0:0 may take part, and nothing is encrypted", warnings),
            reporter.WarningTexts);
        var lines = await File.ReadAllLinesAsync(_sample["run", "events.jsonl"], TestContext.Current.CancellationToken);
        Assert.Equal(warnings, lines.Count(line => line.Contains("--insecure", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_LocalWorkersKeepDying_EndsWithTheirLastWords()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        using var run = await _sample.PrepareAsync();
        var time = new FakeTime();
        var session = new RunSession(
            _sample.Arguments.With("--local-workers", "1").Parse(), run, new Recorder(), time,
            Script("echo no libtorch here >&2; exit 4"));

        var running = session.RunAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, patience.Token);
        }

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => running);
        Assert.StartsWith(
            "local workers ended 5 times in a row the same way while nothing got done; the last ended with exit code 4; " +
            "the last said: no libtorch here", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await File.ReadAllLinesAsync(_sample["run", "local-worker-0.log"])).Length);
        var ended = JsonNode.Parse(File.ReadLines(_sample["run", "events.jsonl"]).Last())!;
        Assert.Equal(
            ("ended", "stopped", refusal.Message),
            ((string?)ended["event"], (string?)ended["state"], (string?)ended["reason"]));
    }

    [Theory]
    [InlineData(ExitCode.TurnedAway, 0)]
    [InlineData(ExitCode.Usage, 1)]
    public async Task LocalWorker_ThatWouldBeRefusedAgain_IsNotStartedAgain(int exitCode, int warnings)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        var log = _sample["starts"];
        var recorder = new Recorder();
        await using var workers = new LocalWorkerPool(
            Script($"echo start >>'{log}'; echo worker: it has no fp16 >&2; exit {exitCode}"), 1,
            new Uri("http://127.0.0.1:7"), Path.GetDirectoryName(log)!, recorder, TimeProvider.System, new LocalRun(() => 0, _ => { }));

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);

        Assert.StartsWith(
            "no local worker can take part in this run; the last said: worker: it has no fp16", refusal.Message,
            StringComparison.Ordinal);
        Assert.Single(await File.ReadAllLinesAsync(log));
        Assert.Equal(warnings, recorder.Events.Count);
    }

    /// <summary>It knew the key of a certificate that has been renewed with another since.</summary>
    [Fact]
    public async Task LocalWorker_TurnedAwayByATokenThatHasChanged_IsStartedAgain()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        var log = _sample["starts"];
        var (time, tokens) = (new FakeTime(), new Dictionary<bool, JoinToken>());
        foreach (var renewed in (bool[])[false, true])
            tokens[renewed] = new JoinToken(null, Secret.Draw(JoinToken.SecretPrefix), IsOwner: true);
        await using var workers = new LocalWorkerPool(
            Script($"echo start >>'{log}'; [ $(wc -l <'{log}') = 2 ] || exit {ExitCode.TurnedAway}"), 1,
            new Uri("https://127.0.0.1:7"), Path.GetDirectoryName(log)!, new Recorder(), time,
            new LocalRun(() => 0, _ => { }) { Token = () => tokens[File.Exists(log)], IsAlone = true });
        while (!workers.GaveUp.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Length);
        var end = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);
        Assert.StartsWith("no local worker is left", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LocalWorker_EndedByASignal_IsToldWithItsProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell script");
        var log = _sample["starts"];
        var recorder = new Recorder();
        var ended = new ConcurrentQueue<int>();
        await using var workers = new LocalWorkerPool(
            Script($"echo $$ >>'{log}'; kill -SEGV $$"), 1, new Uri("http://127.0.0.1:7"), Path.GetDirectoryName(log)!,
            recorder, TimeProvider.System, new LocalRun(() => 0, ended.Enqueue));

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);

        Assert.Contains("the last was ended by SIGSEGV", refusal.Message, StringComparison.Ordinal);
        var started = await File.ReadAllLinesAsync(log);
        Assert.Equal(started.Select(line => int.Parse(line, CultureInfo.InvariantCulture)), ended);
        Assert.Equal(5, ended.Count);
    }

    [Fact]
    public async Task LocalWorkers_DrainedWhereNobodyElseCanCome_EndTheRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        await using var workers = Pool("exit 0", 2, TimeProvider.System, isAlone: true);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);

        Assert.StartsWith("no local worker is left", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LocalWorkers_OneDrainedAndTheOtherDying_EndTheRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        await using var workers = Pool(
            $"mkdir '{_sample["one"]}' 2>/dev/null && exit 0; echo it has no fp16; exit {ExitCode.TurnedAway}", 2,
            TimeProvider.System, isAlone: false);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);

        Assert.Contains("the last said: it has no fp16", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LocalWorker_ThatCannotBeStarted_IsTriedAgainAndThenTold()
    {
        var time = new FakeTime();
        await using var workers = new LocalWorkerPool(
            _sample["gone"], 1, new Uri("http://127.0.0.1:7"), _sample["in"], new Recorder(), time,
            new LocalRun(() => 0, _ => { }));
        while (!workers.GaveUp.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => workers.GaveUp);
        Assert.Contains("the last could not be started", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LocalWorker_EndedInOrder_IsNotStartedAgain()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        var log = _sample["starts"];
        var recorder = new Recorder();

        await using (var workers = new LocalWorkerPool(
            Script($"echo \"$@\" >> '{log}'"), 2, new Uri("http://127.0.0.1:7"), Path.GetDirectoryName(log)!, recorder,
            TimeProvider.System, new LocalRun(() => 0, _ => { })))
            Assert.False(workers.GaveUp.IsCompleted);

        var starts = await File.ReadAllLinesAsync(log);
        Assert.Equal(2, starts.Length);
        Assert.All(starts, line => Assert.EndsWith("--coordinator http://127.0.0.1:7", line, StringComparison.Ordinal));
        Assert.Empty(recorder.Events);
    }

    private LocalWorkerPool Pool(string script, int count, TimeProvider time, bool isAlone) => new(
        Script(script), count, new Uri("http://127.0.0.1:7"), _sample["in"], new Recorder(), time,
        new LocalRun(() => 0, _ => { }) { IsAlone = isAlone });

    private RunSession Session(PreparedRun run, IReporter reporter) => new(
        _sample.Arguments.Parse(), run, reporter, TimeProvider.System, workerProgram: null);

    private async Task<JsonNode> SummaryFileAsync() =>
        JsonNode.Parse(await File.ReadAllTextAsync(_sample["run", "run-summary.json"]))!;

    private string Script(string content)
    {
        var path = _sample["script"];
        File.WriteAllText(path, $"#!/bin/sh\n{content}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}

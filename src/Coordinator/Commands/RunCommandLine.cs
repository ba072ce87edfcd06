using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator run</c>.</summary>
internal static class RunCommandLine
{
    public static Command Create(TimeProvider time) => Table(time).Complete(
        new Command("run", "Score Parquet files with the workers that dial in, and write the shards"));

    /// <summary><c>coordinator standby</c>.</summary>
    public static Command CreateStandby(TimeProvider time) => Table(
        time, standby: true,
        "coordinator standby --input '/shared/data/*.parquet' --output /shared/scored \\\n" +
            "--ledger postgres://fineweb@db/runs --listen 0.0.0.0:5090 \\\n" +
            "--access /shared/access",
        "coordinator standby --input hf://datasets/HuggingFaceFW/fineweb/sample/10BT \\\n" +
            "--output hf://datasets/me/fineweb-edu --ledger postgres://fineweb@db/runs")
        .Complete(new Command(
            "standby", "Wait until no coordinator leads the run of these options, then take it over; needs --ledger"));

    public static CommandTable<RunOptions> Table(TimeProvider time) => Table(
        time, standby: false,
        "coordinator run --input 'data/**/*.parquet' --output scored --local-workers 1",
        "coordinator run --input hf://datasets/HuggingFaceFW/fineweb/sample/10BT \\\n" +
            "--output hf://datasets/me/fineweb-edu --listen 0.0.0.0:5090");

    private static CommandTable<RunOptions> Table(TimeProvider time, bool standby, params string[] examples) => new(
        RunOptions.AllSettings,
        (options, context, interrupted) =>
            RunAsync(options with { Standby = standby }, context, time, interrupted))
    {
        Finish = (options, isGiven, violations) => options.Finish(isGiven, violations),
        Examples = examples,
    };

    private static async Task<int> RunAsync(
        RunOptions options, CommandContext context, TimeProvider time, CancellationToken interrupted)
    {
        // Before anybody is asked, or anything is looked for.
        ModelLocator.Demand(options.ModelText);
        await using var errors = new ErrorLines(System.Console.Error);
        using var log = CoordinatorLog.Open(options.Log, context.Verbose, isRun: !options.DryRun, errors);
        try
        {
            return await RunAsync(options, context, log, errors, time, interrupted);
        }
        catch (Exception failure)
        {
            log.SayEnd(failure);
            throw;
        }
    }

    private static async Task<int> RunAsync(
        RunOptions options, CommandContext context, ProgramLog log, ErrorLines errors, TimeProvider time,
        CancellationToken interrupted)
    {
        using var hub = new RunHub(HubEnvironment.Process, log);
        var preparation = new RunPreparation(options, text => Warn(text, context, log), hub.Access);
        var workerProgram = options.LocalWorkers > 0 ? WorkerProgram.Find() : null;
        if (options.DryRun)
            return await new DryRunReport(options, new PlainWriter(System.Console.Out), time).ShowAsync(preparation, interrupted);
        using var run = await preparation.PrepareAsync(interrupted);
        log.Identity.Run = run.Core.Run.RunId;
        log.WriteTo(CoordinatorLog.PathOf(run.Places.RunFolder));
        int exitCode;
        using (var reporter = new LoggedReporter(Reporters.Create(options.Json, context.Quiet, time, errors), log))
        {
            log.Trouble = text => reporter.Observe(new RunEvent.Warning(text));
            var session = new RunSession(options, run, reporter, time, workerProgram) { Hub = hub.Access, Log = log };
            exitCode = await session.RunAsync(interrupted);
        }

        if (exitCode == ExitCode.Interrupted)
            await LastWords.SayAsync(
                System.Console.Error,
                $"coordinator: interrupted; to go on: {ResumeCommand.Of(Launchers.Of("coordinator"), Environment.GetCommandLineArgs())}");
        return exitCode;
    }

    private static void Warn(string text, CommandContext context, ProgramLog log)
    {
        log.Say(LogLevel.Warning, text);
        context.Notices.WriteLine(SummaryText.Clean($"coordinator: warning: {text}"));
    }
}

using System.CommandLine;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Dashboard;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator run</c>.</summary>
internal sealed class RunCommandLine
{
    private readonly Option<string?> _files = Text(
        "--files", "N", "Only the first N files, in the order of their paths");

    private readonly Option<string?> _input = Text(
        "--input", "PATH",
        "A Parquet file, a folder or a quoted pattern such as 'data/**/*.parquet', here or on the Hub: " +
        $"hf://datasets/owner/name[@revision]/path [default: {RunDefaults.Input}]");

    private readonly Option<string?> _output = Text(
        "--output", "DIR",
        $"Where shards and manifests go; hf://datasets/owner/name publishes them [default: {RunDefaults.Output}]");

    private readonly Option<string?> _model = Text(
        "--model", "DIR|REPO",
        $"Model folder, or a repository of the Hub, owner/name[@revision] [default: {RunDefaults.Model}]");

    private readonly Option<string?> _keep = Text(
        "--keep", "RULE",
        $"Rows that shards keep: int3 (int_score >= 3), raw3, raw2.5 or all [default: {RunDefaults.Keep}]");

    private readonly Option<string?> _dtype = Text(
        "--dtype", "TYPE",
        "fp32, fp16, bf16 or auto: fp32 on a CPU, fp16 on a GPU, as the first worker has it [default: auto]");

    private readonly Option<string?> _tokenBudget = Text(
        "--token-budget", "N", "Most tokens in a batch [default: 4096 on a CPU, 65536 on a GPU]");

    private readonly Option<string?> _windowRows = Text(
        "--window-rows", "N", $"Rows that are sorted and batched together [default: {RunDefaults.WindowRows}]");

    private readonly Option<string?> _textColumn = Text(
        "--text-column", "NAME", $"Column to score [default: {RunDefaults.TextColumn}]");

    private readonly Option<string?> _scoreColumn = Text(
        "--score-column", "NAME", $"Column to add [default: {RunDefaults.ScoreColumn}]");

    private readonly Option<string?> _intScoreColumn = Text(
        "--int-score-column", "NAME", $"Column to add [default: {RunDefaults.IntScoreColumn}]");

    private readonly Option<string?> _onExistingScore = Text(
        "--on-existing-score", "error|replace",
        $"What to do with inputs that have such columns [default: {RunDefaults.OnExistingScore}]");

    private readonly Option<string?> _rowsPerFile = Text(
        "--rows-per-file", "N", "Only the first N rows of each file");

    private readonly Option<string?> _layout = Text(
        "--layout", "numbered|mirror",
        "Names of shards: data/train-00000-of-00250.parquet, or those of the input files" +
        $" [default: {RunDefaults.Layout}]");

    private readonly Option<string?> _run = Text(
        "--run", "DIR", $"Folder of the run's state [default: {RunDefaults.RunsFolder}/ and a digest of the options]");

    private readonly Option<string?> _listen = Text(
        "--listen", "ADDR:PORT", $"Where workers dial in [default: {RunDefaults.Listen}]");

    private readonly Option<string?> _localWorkers = Text(
        "--local-workers", "N", "Start N workers on this machine");

    private readonly Option<string?> _heartbeatTimeout = Text(
        "--heartbeat-timeout", "TIME",
        $"A worker silent for so long loses its work [default: {RunDefaults.HeartbeatTimeout}]");

    private readonly Option<string?> _revision = Text(
        "--revision", "NAME", "Branch of the output dataset, created where it is missing [default: main]");

    private readonly Option<string?> _commitMessage = Text("--commit-message", "TEXT", "Summary of the commit");

    private readonly Option<bool> _private = new("--private")
    {
        Description = "Create the output dataset as a private one",
    };

    private readonly Option<bool> _createPr = new("--create-pr")
    {
        Description = "Open a pull request instead of committing to the branch",
    };

    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "Delete an earlier run's shards from the output dataset, in the same commit",
    };

    private readonly Option<bool> _allowMissing = new("--allow-missing")
    {
        Description = "Publish although files were set aside",
    };

    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "Listen on other addresses than loopback, unencrypted",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done, and do nothing" };
    private readonly Option<bool> _json = new("--json") { Description = "Report in JSON lines" };

    public static Command Create(TimeProvider time)
    {
        var line = new RunCommandLine();
        var command = new Command("run", "Score Parquet files with the workers that dial in, and write the shards")
        {
            line._files, line._input, line._output, line._model, line._keep, line._dtype, line._tokenBudget,
            line._windowRows, line._textColumn, line._scoreColumn, line._intScoreColumn, line._onExistingScore,
            line._rowsPerFile, line._layout, line._run, line._listen, line._localWorkers, line._heartbeatTimeout,
            line._revision, line._commitMessage, line._private, line._createPr, line._overwrite, line._allowMissing,
            line._insecure, line._dryRun, line._json,
        };
        command.SetAction((parsed, interrupted) => line.RunAsync(parsed, time, interrupted));
        return command;
    }

    private static Option<string?> Text(string name, string help, string description) =>
        new(name) { HelpName = help, Description = description };

    private RunArguments Read(ParseResult parsed) => new()
    {
        Files = parsed.GetValue(_files),
        Input = parsed.GetValue(_input),
        Output = parsed.GetValue(_output),
        Model = parsed.GetValue(_model),
        Keep = parsed.GetValue(_keep),
        Dtype = parsed.GetValue(_dtype),
        TokenBudget = parsed.GetValue(_tokenBudget),
        WindowRows = parsed.GetValue(_windowRows),
        TextColumn = parsed.GetValue(_textColumn),
        ScoreColumn = parsed.GetValue(_scoreColumn),
        IntScoreColumn = parsed.GetValue(_intScoreColumn),
        OnExistingScore = parsed.GetValue(_onExistingScore),
        RowsPerFile = parsed.GetValue(_rowsPerFile),
        Layout = parsed.GetValue(_layout),
        Run = parsed.GetValue(_run),
        Listen = parsed.GetValue(_listen),
        LocalWorkers = parsed.GetValue(_localWorkers),
        HeartbeatTimeout = parsed.GetValue(_heartbeatTimeout),
        Revision = parsed.GetValue(_revision),
        CommitMessage = parsed.GetValue(_commitMessage),
        Private = parsed.GetValue(_private),
        CreatePr = parsed.GetValue(_createPr),
        Overwrite = parsed.GetValue(_overwrite),
        AllowMissing = parsed.GetValue(_allowMissing),
        Insecure = parsed.GetValue(_insecure),
        DryRun = parsed.GetValue(_dryRun),
        Json = parsed.GetValue(_json),
    };

    private static async Task<int> ShowAsync(
        RunPreparation preparation, RunOptions options, CancellationToken interrupted)
    {
        var files = await preparation.InspectInputsAsync(interrupted);
        var good = files.Where(file => file.SetAside is null).ToList();
        return DryRun.Show(
            files, options, await preparation.PlanDisksAsync(good, revision: "", interrupted), Console.Out);
    }

    private async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken interrupted)
    {
        var options = RunOptionsParser.Parse(Read(parsed));
        void Warn(string text) => Console.Error.WriteLine($"coordinator: warning: {text}");
        if (!System.Net.IPAddress.IsLoopback(options.Listen.Address))
            Warn($"--insecure: {options.Listen} is open to anyone on the network, and nothing is encrypted");
        using var hub = new RunHub(HubEnvironment.Process, parsed.GetValue<bool>("--verbose"));
        var preparation = new RunPreparation(options, SqliteLedger.Open, Warn, hub.Access);
        if (options.DryRun)
            return await ShowAsync(preparation, options, interrupted);
        var workerProgram = options.LocalWorkers > 0 ? WorkerProgram.Find() : null;
        using var run = await preparation.PrepareAsync(interrupted);
        using var reporter = Reporters.Create(options.Json);
        var session = new RunSession(
            options, run, reporter, time, workerProgram, parsed.GetValue<bool>("--verbose"));
        var exitCode = await session.RunAsync(interrupted);
        if (exitCode == ExitCode.Interrupted)
            Console.Error.WriteLine(
                $"coordinator: interrupted; to go on: {ResumeCommand.Of(Environment.GetCommandLineArgs())}");
        return exitCode;
    }
}

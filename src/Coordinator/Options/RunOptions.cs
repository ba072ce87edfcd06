using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Options;

/// <summary>All options of <c>coordinator run</c>, checked.</summary>
internal sealed record RunOptions
{
    private const int MostExamples = 50;

    /// <summary>
    /// The options that a run may have otherwise when it goes on. A new one stands here and as a property below,
    /// nowhere else; those that a run keeps stand in <see cref="RunSpec.Settings"/>.
    /// </summary>
    public static IReadOnlyList<Setting<RunOptions>> Settings { get; } =
    [
        new("--run", "DIR", "Folder of the run's state [default: runs/ and a digest of the options]", Default: null,
            (options, text) => options with { RunFolder = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
            Paths = PathKind.Folder,
        },
        new("--ledger", "URL",
            "PostgreSQL database for the run's state, postgres://user@host/database, so that another coordinator can " +
            "take over; the password comes from PGPASSWORD or ~/.pgpass [default: a file in the run's folder]",
            Default: null,
            (options, text) => options with { Ledger = PostgresAddress.Parse(text) })
        {
            Group = OptionGroup.Output,
        },
        new("--listen", "ADDR:PORT", "Where workers dial in", "127.0.0.1:5090",
            (options, text) => options with { Listen = OptionText.Address(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--local-workers", "N", "Start N workers on this machine", "0",
            (options, text) => options with { LocalWorkers = OptionText.Whole(text, 0, 1024) })
        {
            Group = OptionGroup.Workers,
        },
        new("--heartbeat-timeout", "TIME", "A worker silent for so long loses its work", "30s",
            (options, text) => options with { HeartbeatTimeout = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--settle", "TIME",
            "With --dtype auto or --token-budget auto: wait so long for the best of the first workers; 0 takes the first " +
            "one, as where only this machine is listened on [default: 60s]", Default: null,
            (options, text) => options with
            {
                Settle = text is "0" or "0s" ? TimeSpan.Zero : OptionText.Duration(text),
            })
        {
            Group = OptionGroup.Workers,
        },
        new("--progress-timeout", "TIME",
            "A worker that gets nothing done for so long loses its work, although it says that it is there; slow ones " +
            "have longer", "1m",
            (options, text) => options with { ProgressTimeout = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--revision", "NAME", "Branch of the output dataset, created where it is missing [default: main]",
            Default: null,
            (options, text) => options with { Revision = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Hub,
            IsForHub = true,
        },
        new("--commit-message", "TEXT", "Summary of the commit [default: how many shards by which model]",
            Default: null,
            (options, text) => options with { Publish = options.Publish with { Message = OptionText.NotEmpty(text) } })
        {
            Group = OptionGroup.Hub,
            IsForHub = true,
        },
        new("--publish", "WHEN",
            "All in one commit at the end, in steps to a pull request that is merged at the end, or (auto) in steps " +
            "once the first shard has waited for --publish-every",
            "auto",
            (options, text) => options with
            {
                Publish = options.Publish with
                {
                    Mode = Enum.Parse<PublishMode>(OptionText.OneOf(text, "auto", "end", "steps"), ignoreCase: true),
                },
            })
        {
            Group = OptionGroup.Hub,
            IsForHub = true,
        },
        new("--publish-every", "TIME", "In steps: how long a shard waits for its commit; the Hub drops it after a day",
            "3h",
            (options, text) => options with
            {
                Publish = options.Publish with { Every = OptionText.Duration(text) },
            })
        {
            Group = OptionGroup.Hub,
            IsForHub = true,
        },
        Flag("--private", "Create the output dataset as a private one", OptionGroup.Hub,
            options => options with { Publish = options.Publish with { Private = true } }, isForHub: true),
        Flag("--create-pr", "Open a pull request instead of committing to the branch", OptionGroup.Hub,
            options => options with { Publish = options.Publish with { CreatePullRequest = true } }, isForHub: true),
        Flag("--overwrite", "Replace an earlier run's shards, all at once when this run's are complete",
            OptionGroup.Output,
            options => options with { Publish = options.Publish with { Overwrite = true } }),
        Flag("--allow-missing", "Publish, or replace an earlier run's shards, although files have failed",
            OptionGroup.Output,
            options => options with { Publish = options.Publish with { AllowMissing = true } }),
        Flag("--add", "Add files to the run that --input names by now and did not when it was started",
            OptionGroup.Input,
            options => options with { Add = true }),
        new("--on-changed-input", "error|rescore",
            "What to do when a file of the run that is not done yet is another one than before", "error",
            (options, text) => options with
            {
                RescoreChanged = OptionText.OneOf(text, "error", "rescore") == "rescore",
            })
        {
            Group = OptionGroup.Input,
            Words = ["error", "rescore"],
        },
        Flag("--dry-run", "Check all that a run checks and say what it would do, and do nothing", OptionGroup.Console,
            options => options with { DryRun = true }),
        new("--docs-per-second", "N", "Speed of all workers, by which --dry-run reckons [default: of this machine]",
            Default: null,
            (options, text) => options with { DocumentsPerSecond = OptionText.Positive(text) })
        {
            Group = OptionGroup.Console,
        },
        new("--report-examples", "N",
            "Documents of each score in report.html, with the beginnings of their texts; 0 for none", "4",
            (options, text) => options with { ReportExamples = OptionText.Whole(text, 0, MostExamples) })
        {
            Group = OptionGroup.Output,
        },
        Flag("--json", "Report in JSON lines", OptionGroup.Console, options => options with { Json = true }),
    ];

    /// <summary>All options of the command: those that make the run what it is first.</summary>
    public static IReadOnlyList<Setting<RunOptions>> AllSettings { get; } =
    [
        .. RunSpec.Settings.Select(OfSpec), .. Settings, .. AccessOptions.Settings.Select(OfAccess),
        .. WebOptions.Settings.Select(OfWeb),
        .. LogOptions.Of<RunOptions>(options => options.Log, (options, log) => options with { Log = log }),
    ];

    public RunSpec Spec { get; init; } = new();

    /// <summary>As it was typed: shards name the model so.</summary>
    public string ModelText { get; init; } = "";

    /// <summary>Absolute.</summary>
    public string RunFolder { get; init; } = "";

    /// <summary>Null where none was named: then the run's folder says.</summary>
    public PostgresAddress? Ledger { get; init; }

    /// <summary>Waits until no other coordinator leads the run.</summary>
    public bool Standby { get; init; }

    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    public AccessOptions Access { get; init; } = new();

    public WebOptions Web { get; init; } = new();

    public LogOptions Log { get; init; } = new();

    public int LocalWorkers { get; init; }

    /// <summary>Files may be added to a run that goes on.</summary>
    public bool Add { get; init; }

    /// <summary>A changed input of a run that goes on is scored anew; else it is refused.</summary>
    public bool RescoreChanged { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Of all workers together; null where a dry run is to measure it.</summary>
    public double? DocumentsPerSecond { get; init; }

    /// <summary>Of each score.</summary>
    public int ReportExamples { get; init; }

    public bool Json { get; init; }

    public TimeSpan HeartbeatTimeout { get; init; }

    public TimeSpan ProgressTimeout { get; init; }

    /// <summary>Null: see <see cref="SettleTime"/>.</summary>
    public TimeSpan? Settle { get; init; }

    /// <summary>How long the best of the first workers is waited for: on one machine they are all alike.</summary>
    public TimeSpan SettleTime => Settle ??
        (IPAddress.IsLoopback(Listen.Address) ? TimeSpan.Zero : TimeSpan.FromMinutes(1));

    /// <summary>Part of <see cref="RunSpec.Output"/> as well.</summary>
    public string? Revision { get; init; }

    public PublishOptions Publish { get; init; } = new();

    /// <summary>What follows from all options together; see <see cref="CommandTable{T}.Finish"/>.</summary>
    public RunOptions Finish(Func<string, bool> isGiven, ICollection<string> violations)
    {
        var spec = WithRevision(Spec, Revision, violations);
        foreach (var violation in Contradictions(isGiven))
            violations.Add(violation);
        var folder = RunFolder.Length > 0 ? RunFolder : Path.Combine("runs", spec.Digest);
        return this with
        {
            Spec = spec,
            RunFolder = Path.GetFullPath(folder),
            Web = Web with { IsGiven = isGiven("--web") },
        };
    }

    private static Setting<RunOptions> OfSpec(Setting<RunSpec> setting)
    {
        var within = setting.Within<RunOptions>(options => options.Spec, (options, spec) => options with { Spec = spec });
        return setting.Name == "--model"
            ? within with { Set = (options, text) => within.Set(options, text) with { ModelText = text } }
            : within;
    }

    private static Setting<RunOptions> OfAccess(Setting<AccessOptions> setting) => setting.Within<RunOptions>(
        options => options.Access, (options, access) => options with { Access = access });

    private static Setting<RunOptions> OfWeb(Setting<WebOptions> setting) => setting.Within<RunOptions>(
        options => options.Web, (options, web) => options with { Web = web });

    private static RunSpec WithRevision(RunSpec spec, string? revision, ICollection<string> violations)
    {
        if (revision is null || !HubPaths.IsHub(spec.Output))
            return spec;
        var place = HubPath.Parse(spec.Output);
        if (place.Revision is not null && place.Revision != revision)
            violations.Add($"--revision {revision}: --output names {place.Revision}");
        return spec with { Output = (place with { Revision = revision }).ToString() };
    }

    /// <summary>What no option says alone.</summary>
    private IEnumerable<string> Contradictions(Func<string, bool> isGiven)
    {
        string[] names = [Spec.TextColumn, Spec.ScoreColumn, Spec.IntScoreColumn];
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
            yield return "--text-column, --score-column and --int-score-column must be three different names";
        foreach (var contradiction in Access.Contradictions())
            yield return contradiction;
        if (Spec.Output.Length == 0 || HubPaths.IsHub(Spec.Output))
            yield break;
        foreach (var setting in Settings.Where(setting => setting.IsForHub && isGiven(setting.Name)))
            yield return $"{setting.Name}: only for an --output on the Hub, hf://datasets/owner/name";
    }

    private static Setting<RunOptions> Flag(
        string name, string description, OptionGroup group, Func<RunOptions, RunOptions> set, bool isForHub = false) =>
        Setting.Flag(name, description, set) with { Group = group, IsForHub = isForHub };
}

/// <summary>How a run's shards are published. None of it makes the run another one.</summary>
/// <param name="Message">The commit's summary; null for one that says how many shards of which model.</param>
/// <param name="Overwrite">Earlier shards under the same names or pattern are deleted with it.</param>
/// <param name="AllowMissing">Publish although files have failed.</param>
/// <param name="FilesPerCommit">More shards are published by several commits.</param>
internal sealed record PublishOptions(
    bool CreatePullRequest = false,
    bool Private = false,
    string? Message = null,
    bool Overwrite = false,
    bool AllowMissing = false,
    int FilesPerCommit = CommitPlan.DefaultFilesPerCommit)
{
    public PublishMode Mode { get; init; }

    /// <summary>
    /// How long a shard waits for its step. Storage drops what nothing names after 24 hours at the earliest; by default
    /// there are 20 hours left for a Hub that is down, and eight commits a day where 128 an hour are allowed.
    /// </summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(3);
}

/// <summary>When a run commits its shards.</summary>
internal enum PublishMode
{
    /// <summary>At the end, unless that is so far off that shards would be dropped before.</summary>
    Auto,
    End,

    /// <summary>As they are made, to a pull request that is merged at the end.</summary>
    Steps,
}

using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>What <c>coordinator workers slurm</c> was asked to do.</summary>
internal sealed record SlurmRequest
{
    /// <summary>Options of sbatch by which jobs would not be found again, or not be ours.</summary>
    private static readonly string[] Taken =
    [
        "--array", "-a", "--job-name", "-J", "--output", "-o", "--error", "-e", "--open-mode", "--wrap", "--wait", "-W",
        "--ntasks", "-n", "--nodes", "-N", "--test-only", "--parsable", "--export-file",
    ];

    /// <summary>Options of sbatch that this command has as well, by both of their names.</summary>
    private static readonly Dictionary<string, string> Own = new(StringComparer.Ordinal)
    {
        ["--exclude"] = "--exclude",
        ["-x"] = "--exclude",
        ["--partition"] = "--partition",
        ["-p"] = "--partition",
        ["--time"] = "--time",
        ["-t"] = "--time",
        ["--cpus-per-task"] = "--cpus-per-task",
        ["-c"] = "--cpus-per-task",
    };

    public static IReadOnlyList<Setting<SlurmRequest>> Settings { get; } =
    [
        StatusCommandLine.RunSetting<SlurmRequest>((request, folder) => request with { Run = folder }),
        new("--count", "N",
            "Jobs to keep at work, each with a worker for every GPU that it has; while a command keeps them, another one " +
            "changes the number; 0 ends all [default: only tell what runs]", Default: null,
            (request, text) => request with { Count = OptionText.Whole(text, 0, 100_000) })
        {
            Group = OptionGroup.Workers,
        },
        new("--gpus-per-node", "N|TYPE:N", "GPUs of each job; 0 for workers that compute on CPUs", "1",
            (request, text) => request with { Gpus = ParseGpus(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--cpus-per-task", "N", "CPUs of each job [default: what the cluster gives]", Default: null,
            (request, text) => request with { CpusPerTask = OptionText.Whole(text, 1, 4096) })
        {
            Group = OptionGroup.Workers,
        },
        new("--partition", "NAME", "Where to submit [default: the cluster's default]", Default: null,
            (request, text) => request with { Partition = Word(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--time", "TIME", "What a job may take, after which another takes its place [default: what the partition gives]",
            Default: null, (request, text) => request with { Time = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--exclude", "NODES", "Nodes that get no job, as Slurm writes them: n[1-3],n7", Default: null,
            (request, text) => request with { Exclude = HostList.Expand(Word(text)) })
        {
            Group = OptionGroup.Workers,
        },
        new("--sbatch", "OPTION", "Another option of sbatch, as --sbatch=--account=edu; may be given several times",
            Default: null, (request, text) => request with { Sbatch = [.. request.Sbatch, ParseOption(text)] })
        {
            Group = OptionGroup.Workers,
            IsRepeatable = true,
        },
        new("--shared", "DIR",
            "Folder that nodes see as well, for the join token and the workers' logs [default: the run's folder]",
            Default: null, (request, text) => request with { Shared = Path.GetFullPath(OptionText.NotEmpty(text)) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.Folder,
        },
        new("--coordinator", "URL",
            "Where nodes reach the run's coordinator, as https://head-ib:5090 [default: its machine by its name]",
            Default: null, (request, text) => request with { Coordinator = Word(text) })
        {
            Group = OptionGroup.Workers,
        },
        AccessOptions.FolderSetting<SlurmRequest>((request, folder) => request with { Access = folder }),
        new("--give-up-after", "TIME", "End all jobs when no coordinator has worked on the run for so long", "30m",
            (request, text) => request with { GiveUpAfter = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--interval", "TIME", "Ask Slurm so often how its jobs are", "15s",
            (request, text) => request with { Interval = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        Setting.Flag<SlurmRequest>(
            "--dry-run", "Print the script that would be submitted, and do nothing",
            request => request with { DryRun = true }) with
        {
            Group = OptionGroup.Workers,
        },
    ];

    public string Run { get; init; } = "";

    /// <summary>Null: only tell.</summary>
    public int? Count { get; init; }

    public GpuRequest Gpus { get; init; } = new(null, 1);

    public int? CpusPerTask { get; init; }

    public string? Partition { get; init; }

    public TimeSpan? Time { get; init; }

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public IReadOnlyList<string> Sbatch { get; init; } = [];

    /// <summary>Absolute.</summary>
    public string? Shared { get; init; }

    public string? Coordinator { get; init; }

    /// <summary>Absolute.</summary>
    public string? Access { get; init; }

    public TimeSpan GiveUpAfter { get; init; }

    public TimeSpan Interval { get; init; }

    public bool DryRun { get; init; }

    private static GpuRequest ParseGpus(string text)
    {
        var colon = text.LastIndexOf(':');
        return new GpuRequest(colon < 0 ? null : Word(text[..colon]), OptionText.Whole(text[(colon + 1)..], 0, 64));
    }

    /// <summary>It becomes a line of the script.</summary>
    private static string ParseOption(string text)
    {
        if (text.Any(char.IsControl) || !text.StartsWith('-'))
            throw new FormatException("give an option of sbatch with its dashes, as --sbatch=--account=edu");
        if (Own.FirstOrDefault(own => IsGiven(own.Key, text)) is { Key: { } given, Value: var own })
            throw new FormatException($"{given} is set by this command's own {own}");
        return Taken.FirstOrDefault(taken => IsGiven(taken, text)) is { } word
            ? throw new FormatException($"{word} is set by this command")
            : text;
    }

    /// <summary>Words of several options may stand in one text.</summary>
    private static bool IsGiven(string option, string text) => text.Split(' ').Any(word =>
        option.StartsWith("--", StringComparison.Ordinal)
            ? word == option || word.StartsWith(option + "=", StringComparison.Ordinal)
            : word.StartsWith(option, StringComparison.Ordinal) && !word.StartsWith("--", StringComparison.Ordinal));

    private static string Word(string text) =>
        OptionText.NotEmpty(text).Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '"' or '\'')
            ? throw new FormatException("give one word")
            : text;
}

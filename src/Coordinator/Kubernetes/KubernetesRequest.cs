using System.Text.RegularExpressions;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>What <c>coordinator workers kubernetes</c> was asked to do.</summary>
internal sealed partial record KubernetesRequest
{
    /// <summary>Options of <c>coordinator run</c> that the manifests give.</summary>
    private static readonly string[] Taken =
        ["--run", "--listen", "--access", "--web", "--local-workers", "--insecure", "--dry-run", "--config"];

    public static IReadOnlyList<Setting<KubernetesRequest>> Settings { get; } =
    [
        StatusCommandLine.RunSetting<KubernetesRequest>((request, folder) => request with { Run = folder }),
        new("--count", "N",
            "Workers to keep; given again it changes their number; 0 ends all [default: only tell what runs]",
            Default: null, (request, text) => request with { Count = OptionText.Whole(text, 0, 100_000) })
        {
            Group = OptionGroup.Workers,
        },
        .. PodShape.Settings.Select(setting => setting.Within<KubernetesRequest>(
            request => request.Shape, (request, shape) => request with { Shape = shape })),
        new("--namespace", "NAME", "Where all of it is made [default: that of the context]", Default: null,
            (request, text) => request with { Namespace = ParseName(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--context", "NAME", "Of the kubeconfig [default: the current one]", Default: null,
            (request, text) => request with { Context = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--run-option", "OPTION",
            "Have the coordinator run in the cluster, too, on a volume, with this option of 'coordinator run', as " +
            "--run-option=--files=250; may be given several times",
            Default: null, (request, text) => request with { RunOptions = [.. request.RunOptions, ParseOption(text)] })
        {
            Group = OptionGroup.Workers,
            IsRepeatable = true,
        },
        new("--name", "NAME",
            "Of a run whose coordinator is in the cluster; what belongs to it is named by it [default: fineweb]",
            Default: null, (request, text) => request with { Name = ParseName(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--storage", "SIZE", "Of the volume of a coordinator in the cluster", "20Gi",
            (request, text) => request with { Storage = PodShape.ParseQuantity(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--coordinator", "URL",
            "Where pods reach the run's coordinator, as https://head:5090 [default: its machine by its name]",
            Default: null, (request, text) => request with { Coordinator = ParseAddress(text) })
        {
            Group = OptionGroup.Workers,
        },
        AccessOptions.FolderSetting<KubernetesRequest>((request, folder) => request with { Access = folder }),
        new("--give-up-after", "TIME", "End all workers when no coordinator has worked on the run for so long", "30m",
            (request, text) => request with { GiveUpAfter = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--interval", "TIME", "Ask the cluster so often how the workers are", "15s",
            (request, text) => request with { Interval = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        Setting.Flag<KubernetesRequest>(
            "--dry-run", "Print the manifests, for kubectl apply -f -, and do nothing",
            request => request with { DryRun = true }) with
        {
            Group = OptionGroup.Workers,
        },
    ];

    public string Run { get; init; } = "";

    /// <summary>Null: only tell.</summary>
    public int? Count { get; init; }

    public PodShape Shape { get; init; } = new();

    public string? Namespace { get; init; }

    public string? Context { get; init; }

    /// <summary>Of a coordinator in the cluster.</summary>
    public IReadOnlyList<string> RunOptions { get; init; } = [];

    public string? Name { get; init; }

    public string Storage { get; init; } = "";

    public string? Coordinator { get; init; }

    /// <summary>Absolute.</summary>
    public string? Access { get; init; }

    public TimeSpan GiveUpAfter { get; init; }

    public TimeSpan Interval { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Whether the coordinator is in the cluster: no run's folder here has anything to do with it.</summary>
    public bool IsWithin => Name is not null || RunOptions.Count > 0;

    /// <summary>What no option says alone.</summary>
    public KubernetesRequest Finish(Func<string, bool> isGiven, ICollection<string> violations)
    {
        if (DryRun && Count is null or 0)
            violations.Add("--dry-run: give --count too, how many workers there would be");
        if (!IsWithin)
            return this;
        foreach (var option in (string[])["--run", "--coordinator", "--access"])
            if (isGiven(option))
                violations.Add($"{option}: a run whose coordinator is in the cluster (--name, --run-option) has none here");
        if (RunOptions.Count > 0 && !RunOptions.Any(option => option.StartsWith("--output=", StringComparison.Ordinal)))
            violations.Add("--run-option: give the output too, as --run-option=--output=hf://datasets/me/my-edu");
        if (RunOptions.Count > 0 && Count is null)
            violations.Add("--run-option: give --count too, how many workers there are to be");
        return this;
    }

    private static string ParseOption(string text)
    {
        if (!text.StartsWith("--", StringComparison.Ordinal) || text.Any(char.IsControl))
            throw new FormatException("give an option of 'coordinator run' with its dashes, as --run-option=--files=250");
        var name = text.Split('=', 2)[0];
        if (name.Contains(' ', StringComparison.Ordinal))
            throw new FormatException($"write it with '=': --run-option={text.Replace(' ', '=')}");
        return Taken.Contains(name) ? throw new FormatException($"{name} is set by this command") : text;
    }

    /// <summary>As Kubernetes names things, with room for what is added.</summary>
    private static string ParseName(string text) => NamePattern().IsMatch(text)
        ? text
        : throw new FormatException("give at most 40 small letters, digits and '-', a letter first");

    private static string ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? text
            : throw new FormatException("give an address such as https://head:5090");

    [GeneratedRegex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$")]
    private static partial Regex NamePattern();
}

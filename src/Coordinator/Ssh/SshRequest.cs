using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>What <c>coordinator workers ssh</c> was asked to do.</summary>
internal sealed record SshRequest
{
    public static IReadOnlyList<Setting<SshRequest>> Settings { get; } =
    [
        new("HOSTS", "", "File with a machine a line: user@host:port gpus=2, of which only the host is needed",
            Default: null, (request, text) => request with { Hosts = Path.GetFullPath(OptionText.NotEmpty(text)) })
        {
            Group = OptionGroup.Workers,
            IsRequired = true,
            Paths = PathKind.File,
        },
        StatusCommandLine.RunSetting<SshRequest>((request, folder) => request with { Run = folder }),
        new("--programs", "FILE|DIR",
            "What machines are given once: an archive as build/release makes it (.tar.gz), or a folder with " +
            "bin/worker [default: the folder of this program]",
            Default: null, (request, text) => request with { Programs = Path.GetFullPath(OptionText.NotEmpty(text)) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.File,
        },
        new("--ssh", "OPTION", "Another option of ssh, as --ssh=-oProxyJump=gate; may be given several times",
            Default: null, (request, text) => request with { Options = [.. request.Options, ParseOption(text)] })
        {
            Group = OptionGroup.Workers,
            IsRepeatable = true,
        },
        new("--coordinator", "URL",
            "Where machines reach the run's coordinator, as https://head:5090 [default: its machine by its name]",
            Default: null, (request, text) => request with { Coordinator = ParseAddress(text) })
        {
            Group = OptionGroup.Workers,
        },
        AccessOptions.FolderSetting<SshRequest>((request, folder) => request with { Access = folder }),
        new("--give-up-after", "TIME", "End all workers when no coordinator has worked on the run for so long", "30m",
            (request, text) => request with { GiveUpAfter = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--interval", "TIME", "Ask the machines so often how their workers are", "30s",
            (request, text) => request with { Interval = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        Setting.Flag<SshRequest>(
            "--stop", "End the workers on these machines, and fetch what they have said",
            request => request with { Stop = true }) with
        {
            Group = OptionGroup.Workers,
        },
    ];

    /// <summary>Absolute.</summary>
    public string Hosts { get; init; } = "";

    public string Run { get; init; } = "";

    /// <summary>Absolute; null for the folder of this program.</summary>
    public string? Programs { get; init; }

    public IReadOnlyList<string> Options { get; init; } = [];

    public string? Coordinator { get; init; }

    /// <summary>Absolute.</summary>
    public string? Access { get; init; }

    public TimeSpan GiveUpAfter { get; init; }

    public TimeSpan Interval { get; init; }

    public bool Stop { get; init; }

    private static string ParseOption(string text) => text.StartsWith('-') && !text.Any(char.IsControl)
        ? text
        : throw new FormatException("give an option of ssh with its dash, as --ssh=-oProxyJump=gate");

    private static string ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" &&
        !text.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"')
            ? text
            : throw new FormatException("give an address such as https://head:5090");
}

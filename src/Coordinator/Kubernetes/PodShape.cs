using System.Globalization;
using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>What a worker's pod asks of the cluster.</summary>
internal sealed partial record PodShape
{
    public static IReadOnlyList<Setting<PodShape>> Settings { get; } =
    [
        new("--gpu", "RESOURCE=N|none",
            "GPUs of each worker's pod, as the cluster's device plugin names them; none for workers that compute on CPUs",
            "nvidia.com/gpu=1", (shape, text) => shape with { Gpu = ParseGpu(text) })
        {
            Group = OptionGroup.Workers,
            Words = ["nvidia.com/gpu=1", "none"],
        },
        new("--cpu", "N", "CPUs that each pod asks for, and threads of its worker", "2",
            (shape, text) => shape with { Cpu = OptionText.Whole(text, 1, 4096) })
        {
            Group = OptionGroup.Workers,
        },
        new("--memory", "SIZE", "Memory of each pod, as Kubernetes writes it", "8Gi",
            (shape, text) => shape with { Memory = ParseQuantity(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--image", "IMAGE",
            "Container with the programs, as REGISTRY/NAME:TAG [default: fineweb-torch and this version, as " +
            "deploy/container builds it]",
            Default: null, (shape, text) => shape with { Image = ParseImage(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--node-selector", "LABEL=VALUE",
            "Nodes that pods may run on, as cloud.google.com/gke-spot=true; may be given several times",
            Default: null, (shape, text) => shape with { NodeSelector = [.. shape.NodeSelector, ParseLabel(text)] })
        {
            Group = OptionGroup.Workers,
            IsRepeatable = true,
        },
    ];

    /// <summary>Null for workers that compute on CPUs.</summary>
    public GpuResource? Gpu { get; init; } = new("nvidia.com/gpu", 1);

    public int Cpu { get; init; } = 2;

    public string Memory { get; init; } = "8Gi";

    public string Image { get; init; } = $"fineweb-torch:{ProgramVersion.Current.Split('+')[0]}";

    public IReadOnlyList<KeyValuePair<string, string>> NodeSelector { get; init; } = [];

    /// <summary>A quantity of bytes, as Kubernetes writes it.</summary>
    internal static string ParseQuantity(string text) => QuantityPattern().IsMatch(text)
        ? text
        : throw new FormatException("give a size such as 8Gi or 500Mi");

    private static GpuResource? ParseGpu(string text)
    {
        if (text == "none")
            return null;
        var parts = text.Split('=');
        return parts is [var name, var count] && ResourcePattern().IsMatch(name)
            ? new GpuResource(name, OptionText.Whole(count, 1, 64))
            : throw new FormatException("give a resource of the cluster and how many, such as nvidia.com/gpu=1, or none");
    }

    private static string ParseImage(string text) => ImagePattern().IsMatch(text)
        ? text
        : throw new FormatException("give an image such as ghcr.io/me/fineweb-torch:1.0");

    private static KeyValuePair<string, string> ParseLabel(string text) =>
        text.Split('=', 2) is [var label, var value] && LabelPattern().IsMatch(label) && ValuePattern().IsMatch(value)
            ? new KeyValuePair<string, string>(label, value)
            : throw new FormatException("give a node's label and its value, such as cloud.google.com/gke-spot=true");

    [GeneratedRegex(@"^[1-9][0-9]*(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$")]
    private static partial Regex QuantityPattern();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")]
    private static partial Regex ResourcePattern();

    [GeneratedRegex(@"^[a-zA-Z0-9]([-a-zA-Z0-9_./:@]*[a-zA-Z0-9])?$")]
    private static partial Regex ImagePattern();

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex ValuePattern();
}

/// <summary>GPUs of a pod.</summary>
/// <param name="Name">Of the resource: nvidia.com/gpu.</param>
internal sealed record GpuResource(string Name, int Count)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={Count}");
}

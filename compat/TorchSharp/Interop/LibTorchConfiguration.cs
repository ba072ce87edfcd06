using System.Text.RegularExpressions;

namespace TorchSharp.Interop;

/// <summary>What libtorch's <c>show_config</c> text says; "unknown" where it says nothing.</summary>
internal sealed partial record LibTorchConfiguration(string Version, string CpuCapability)
{
    public static LibTorchConfiguration Parse(string text) =>
        new(Value(VersionPattern().Match(text)), Value(CapabilityPattern().Match(text)));

    private static string Value(Match match) => match.Success ? match.Groups[1].Value : "unknown";

    [GeneratedRegex(@"\bTORCH_VERSION=([^,\s]+)", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"CPU capability usage: (\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex CapabilityPattern();
}

using FineWebTorch.Cli;

namespace FineWebTorch.Worker.Commands;

/// <summary>How this program introduces itself to the Hub and its storage.</summary>
internal static class HubProgram
{
    /// <summary>For the <c>User-Agent</c>, in which a version ends at the build's mark.</summary>
    public static string Name { get; } = $"finewebtorch/{ProgramVersion.Current.Split('+')[0]}";
}

using System.Reflection;

namespace FineWebTorch.Cli;

/// <summary>The version of this build, as recorded in shards and manifests.</summary>
public static class ProgramVersion
{
    public static string Current { get; } = typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}

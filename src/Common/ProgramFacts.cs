using System.Reflection;

namespace FineWebTorch.Common;

/// <summary>The version of this build, as recorded in shards and manifests.</summary>
public static class ProgramVersion
{
    public static string Current { get; } = typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>For the <c>User-Agent</c> of our requests, in which a version ends at the build's mark.</summary>
    public static string Product { get; } = $"finewebtorch/{Current.Split('+')[0]}";
}

/// <summary>Where programs keep what they can fetch again.</summary>
public static class ProgramFolders
{
    /// <summary><c>fineweb</c> below <c>XDG_CACHE_HOME</c>, else below <c>~/.cache</c>.</summary>
    public static string Cache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? Path.GetFullPath(set)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "fineweb");
}

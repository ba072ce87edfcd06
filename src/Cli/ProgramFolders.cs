namespace FineWebTorch.Cli;

/// <summary>Where programs keep what they can fetch again.</summary>
public static class ProgramFolders
{
    /// <summary><c>fineweb</c> below <c>XDG_CACHE_HOME</c>, else below <c>~/.cache</c>.</summary>
    public static string Cache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? Path.GetFullPath(set)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "fineweb");
}

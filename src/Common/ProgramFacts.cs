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

/// <summary>Where programs keep what is a user's.</summary>
public static class ProgramFolders
{
    /// <summary>What can be fetched again: <c>fineweb</c> below <c>XDG_CACHE_HOME</c>, else below <c>~/.cache</c>.</summary>
    public static string Cache => Path.Combine(Base("XDG_CACHE_HOME", ".cache"), "fineweb");

    /// <summary>
    /// What is to last: <c>fineweb-torch</c> below <c>XDG_CONFIG_HOME</c>, else below <c>~/.config</c>.
    /// </summary>
    public static string Configuration => Path.Combine(Base("XDG_CONFIG_HOME", ".config"), "fineweb-torch");

    private static string Base(string variable, string folder) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set
            ? Path.GetFullPath(set)
            : Path.Combine(Home, folder);

    // In a container the folder that HOME names is often not there yet. Asked whether it is, .NET answers with nothing, and
    // the current folder would be taken.
    private static string Home => Environment.GetFolderPath(
        Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
}

/// <summary>How the programs are started here: what hints tell to type.</summary>
public static class Launchers
{
    /// <summary>What <c>dotnet tool install</c> calls a program; without a prefix the name says too little there.</summary>
    public static string ToolCommand(string name) => $"fineweb-{name}";

    /// <summary>
    /// The command, where this program is a tool of .NET; <c>bin/NAME</c> of the tree that this program was built in,
    /// from the current folder; else beside this program; else the name alone.
    /// </summary>
    /// <param name="name">worker or coordinator.</param>
    public static string Of(string name) => Of(name, AppContext.BaseDirectory, Environment.CurrentDirectory);

    /// <inheritdoc cref="Of(string)"/>
    /// <param name="name">worker or coordinator.</param>
    /// <param name="programFolder">Where this program's files are.</param>
    /// <param name="currentFolder">Absolute.</param>
    public static string Of(string name, string programFolder, string currentFolder)
    {
        if (File.Exists(Path.Combine(programFolder, "DotnetToolSettings.xml")))
            return ToolCommand(name);
        for (var folder = new DirectoryInfo(programFolder); folder is not null; folder = folder.Parent)
        {
            var launcher = Path.Combine(folder.FullName, "bin", name);
            if (File.Exists(launcher))
                return Typed(launcher, currentFolder);
        }

        string[] programs = [Path.Combine(programFolder, name), Path.Combine(programFolder, name + ".exe")];
        return programs.FirstOrDefault(File.Exists) is { } program ? Typed(program, currentFolder) : name;
    }

    /// <summary>Shells look for a word without a slash along the PATH alone.</summary>
    private static string Typed(string path, string currentFolder)
    {
        var relative = Path.GetRelativePath(currentFolder, path);
        if (relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative))
            return path;
        return relative.Contains(Path.DirectorySeparatorChar) ? relative : Path.Combine(".", relative);
    }
}

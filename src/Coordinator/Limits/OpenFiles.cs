using System.Globalization;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>How many files, connections among them, this process may have open.</summary>
internal static class OpenFiles
{
    private const string Label = "Max open files";

    /// <summary>Null where the system does not tell or sets no limit. The runtime has raised it to the highest allowed.
    /// </summary>
    public static int? Most => OperatingSystem.IsLinux() ? Parse(File.ReadLines("/proc/self/limits")) : null;

    /// <param name="lines">Of <c>/proc/self/limits</c>.</param>
    public static int? Parse(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        return long.TryParse(
            line?[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture,
            out var most)
            ? (int)Math.Min(most, int.MaxValue)
            : null;
    }
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace FineWebTorch.Worker.Devices;

/// <summary>
/// The cores next to a GPU. On a machine with several sockets, or several memories, what goes from one to the other's GPU
/// crosses the link between them, for each batch.
/// </summary>
internal static partial class NearCores
{
    /// <summary>Cores that this process may use, such as 0-3,8; null where the system does not tell.</summary>
    public static string? Allowed(string statusFile = "/proc/self/status") => !File.Exists(statusFile)
        ? null
        : File.ReadLines(statusFile)
            .FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
            ?.Split(':')[1].Trim();

    /// <summary>
    /// Those of the allowed ones that the kernel calls local to a device. Null where there is nothing to choose: all of them
    /// are, none is (then somebody has chosen already), or it is not known.
    /// </summary>
    /// <param name="pciAddress">As the kernel writes it: 0000:3b:00.0</param>
    /// <param name="allowed">See <see cref="Allowed"/>.</param>
    /// <param name="devices">Of the kernel's PCI bus.</param>
    public static IReadOnlyList<int>? Of(
        string pciAddress, string? allowed, string devices = "/sys/bus/pci/devices")
    {
        var list = Path.Combine(devices, pciAddress, "local_cpulist");
        if (allowed is null || !File.Exists(list))
            return null;
        var (may, near) = (Parse(allowed), Parse(File.ReadAllText(list)).ToHashSet());
        var chosen = may.Where(near.Contains).ToList();
        return chosen.Count == 0 || chosen.Count == may.Count ? null : chosen;
    }

    /// <summary>Keeps all threads of this process, and those that they will start, to these cores.</summary>
    /// <returns>Whether the system did it.</returns>
    public static bool Use(IReadOnlyList<int> cores)
    {
        var mask = new byte[(cores.Max() / 64 * 8) + 8];
        foreach (var core in cores)
            mask[core / 8] |= (byte)(1 << (core % 8));
        // Only the one that asks is bound at first; the runtime has started others.
        var threads = Directory.EnumerateDirectories("/proc/self/task").Select(Path.GetFileName);
        return threads.Select(thread => SetAffinity(
            int.Parse(thread!, CultureInfo.InvariantCulture), (nuint)mask.Length, mask)).ToList().Contains(0);
    }

    /// <summary>As the kernel writes lists of cores: 0-3,8</summary>
    public static string Write(IReadOnlyList<int> cores)
    {
        var parts = new List<string>();
        for (var first = 0; first < cores.Count;)
        {
            var last = first;
            while (last + 1 < cores.Count && cores[last + 1] == cores[last] + 1)
                last++;
            parts.Add(string.Create(
                CultureInfo.InvariantCulture, $"{cores[first]}{(last > first ? $"-{cores[last]}" : "")}"));
            first = last + 1;
        }

        return string.Join(',', parts);
    }

    private static List<int> Parse(string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(part =>
        {
            var ends = part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToList();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        }),
    ];

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint length, byte[] mask);
}

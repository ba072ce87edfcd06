using FineWebTorch.Common;

namespace FineWebTorch.Worker.Preflight;

/// <summary>Memory, cores and disk of the machine, or of the container that this process is in.</summary>
internal static class MachineCheck
{
    /// <summary>Of a worker with BERT-base's shape and the largest row groups of FineWeb, with half of it to spare.</summary>
    private const long NeededMemory = 2_000_000_000;

    /// <summary>A file of FineWeb (2 GB), the next one, and the shard that is made of the first.</summary>
    private const long NeededRoom = 6_000_000_000;

    /// <param name="bytes">That this process may use.</param>
    public static Finding Memory(long bytes)
    {
        var text = $"{NumberText.Size(bytes)} for this process";
        return bytes >= NeededMemory
            ? Finding.Good("memory", text)
            : Finding.Doubtful(
                "memory", text, $"a worker wants {NumberText.Size(NeededMemory)}: raise the limit of the container or job");
    }

    /// <param name="usable">Cores that this process may use, limits of its container included.</param>
    /// <param name="allowed">Those that its affinity or container names; see <see cref="Devices.NearCores.Allowed"/>.</param>
    public static Finding Cores(int usable, string? allowed)
    {
        var text = NumberText.Count(usable, "core") + (allowed is null ? "" : $", of those numbered {allowed}");
        return usable > 1
            ? Finding.Good("cores", text)
            : Finding.Doubtful("cores", text, "one core reads, tokenizes and writes by turns: a GPU wants two or more");
    }

    /// <param name="folder">Of the cache.</param>
    /// <param name="room">Asks the disk.</param>
    /// <param name="open">Writes to the cache, as a worker does when it begins.</param>
    public static Finding Disk(string folder, Func<string, DiskRoom> room, Action<string> open)
    {
        try
        {
            var free = room(folder).Free;
            open(folder);
            var text = $"{NumberText.Size(free)} free for {folder}";
            return free >= NeededRoom
                ? Finding.Good("disk", text)
                : Finding.Doubtful(
                    "disk", text,
                    $"files that are fetched take up to {NumberText.Size(NeededRoom)}: make room, or give --cache DIR");
        }
        catch (Exception refused) when (refused is UserErrorException or IOException or UnauthorizedAccessException)
        {
            return Finding.Bad("disk", ErrorLine.Describe(refused).Line, "give a folder that can be written to, --cache DIR");
        }
    }
}

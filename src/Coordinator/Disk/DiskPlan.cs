using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>What a run needs of each disk of this machine, beside the room that there is.</summary>
/// <param name="roomOf">The disk of an absolute folder, which need not exist yet.</param>
internal sealed class DiskPlan(IEnumerable<DiskNeed> needs, Func<string, DiskRoom> roomOf)
{
    private readonly List<IGrouping<string, (DiskNeed Need, DiskRoom Room)>> _disks = [.. needs
        .Where(need => need.Bytes > 0).Select(need => (Need: need, Room: roomOf(need.Folder)))
        .GroupBy(pair => pair.Room.Disk, StringComparer.Ordinal)];

    /// <summary>A line for each disk.</summary>
    public IEnumerable<string> Lines => _disks.Select(Describe);

    /// <summary>Room needed and free, in bytes, by disk.</summary>
    public IReadOnlyList<DiskTotal> Totals => [.. _disks.Select(disk => new DiskTotal(
        disk.Key, disk.Sum(pair => pair.Need.Bytes), disk.First().Room.Free))];

    /// <exception cref="UserErrorException">
    /// A disk has too little room; the message says how much is needed for what, and how much is free.
    /// </exception>
    public void Demand()
    {
        var full = _disks.Where(disk => disk.Sum(pair => pair.Need.Bytes) > disk.First().Room.Free).ToList();
        if (full.Count == 0)
            return;
        var choices = full.SelectMany(disk => disk).Select(pair => pair.Need.Choice).Distinct(StringComparer.Ordinal);
        throw new UserErrorException(
            $"{string.Join("; ", full.Select(Describe))}; make room, or choose another disk by " +
            string.Join(" or ", choices));
    }

    private static string Describe(IGrouping<string, (DiskNeed Need, DiskRoom Room)> disk) =>
        $"disk {disk.Key}: {NumberText.Size(disk.Sum(pair => pair.Need.Bytes))} needed, " +
        $"{NumberText.Size(disk.First().Room.Free)} free: " +
        string.Join(", ", disk.Select(pair =>
            $"{NumberText.Size(pair.Need.Bytes)} for {pair.Need.What} in {pair.Need.Folder}"));
}

/// <summary>Something that a run writes to a disk of this machine.</summary>
/// <param name="What">In words: "shards".</param>
/// <param name="Choice">By what a person chooses the folder.</param>
internal sealed record DiskNeed(string Folder, long Bytes, string What, string Choice);

/// <summary>What is needed of one disk in all.</summary>
internal sealed record DiskTotal(string Disk, long Needed, long Free);

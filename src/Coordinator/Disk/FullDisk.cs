using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>A run stops where a disk of this machine has no room, and goes on when it has.</summary>
internal static class FullDisk
{
    /// <summary>How an <see cref="IOException"/> says it: ENOSPC, ERROR_DISK_FULL.</summary>
    public static int Code { get; } = OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28;

    /// <summary>One line: which disk, how much is free, how much is needed for what.</summary>
    /// <param name="folder">Absolute; what was written is below it.</param>
    /// <param name="needed">In bytes, about.</param>
    public static string Describe(string folder, long needed, string what) =>
        $"the disk of {folder} is full{Room(folder)}, about {NumberText.Size(needed)} needed for {what}; nothing is " +
        "lost and no file has failed: make room, then give the same command again";

    private static string Room(string folder)
    {
        try
        {
            var room = DiskRoom.Of(folder);
            return $" ({room.Disk}): {NumberText.Size(room.Free)} free";
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

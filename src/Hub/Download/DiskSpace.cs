using System.Globalization;

namespace FineWebTorch.Hub;

/// <summary>Room on the disk.</summary>
public static class DiskSpace
{
    /// <param name="bytes">To be written below the folder.</param>
    /// <exception cref="HubException"><see cref="HubErrorKind.DiskFull"/>: there is too little room.</exception>
    public static void Demand(string folder, long bytes, DownloadOptions? options = null)
    {
        options ??= new DownloadOptions();
        if (bytes <= 0)
            return;
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing)!;
        var free = options.FreeSpace(existing);
        if (free - bytes < options.DiskReserve)
            throw new HubException(
                HubErrorKind.DiskFull,
                $"{folder}: the disk has {Gigabytes(free)} free, {Gigabytes(bytes)} are to be written and " +
                $"{Gigabytes(options.DiskReserve)} kept free; make room or {options.DiskAdvice}");
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " GB";
}

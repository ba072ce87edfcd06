using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>
/// Knows failures of a machine, its disks, its memory or its network in whatever a library makes of them. They say
/// nothing of the data that was read: another machine, or the same one later, may read it.
/// </summary>
public static partial class MachineFaults
{
    /// <summary>
    /// Of Linux: EIO, ENXIO, EAGAIN, ENOMEM, EBUSY, ENODEV, ENFILE, EMFILE, EROFS, ECOMM, EPROTO, EBADFD, ENETDOWN,
    /// ENETUNREACH, ENETRESET, ECONNABORTED, ECONNRESET, ENOBUFS, ENOTCONN, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN,
    /// EHOSTUNREACH, ESTALE, EREMOTEIO.
    /// </summary>
    private static readonly int[] OfLinux =
        [5, 6, 11, 12, 16, 19, 23, 24, 30, 70, 71, 77, 100, 101, 102, 103, 104, 105, 107, 110, 111, 112, 113, 116, 121];

    /// <summary>The same of macOS.</summary>
    private static readonly int[] OfMac =
        [5, 6, 35, 12, 16, 19, 23, 24, 30, 50, 51, 52, 53, 54, 55, 57, 60, 61, 64, 65, 70, 100];

    /// <summary>
    /// ERROR_TOO_MANY_OPEN_FILES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_NOT_READY, ERROR_CRC,
    /// ERROR_GEN_FAILURE, ERROR_BAD_NETPATH, ERROR_DEV_NOT_EXIST, ERROR_NETNAME_DELETED, ERROR_SEM_TIMEOUT,
    /// ERROR_NO_SYSTEM_RESOURCES, ERROR_IO_DEVICE.
    /// </summary>
    private static readonly int[] OfWindows = [4, 8, 14, 21, 23, 31, 53, 55, 64, 121, 1450, 1117];

    /// <summary>The exception or one within it is such a failure, a full disk among them.</summary>
    public static bool Is(Exception exception) => DiskFaults.IsFull(exception) || Chain(exception).Any(IsOne);

    private static bool IsOne(Exception exception) => exception switch
    {
        OutOfMemoryException or TimeoutException or SocketException or HttpRequestException => true,
        IOException when IsCode(exception.HResult) => true,
        _ => OfLibrary().Match(exception.Message) is { Success: true } words &&
            (!words.Groups[1].Success || IsCode(int.Parse(words.Groups[1].Value, CultureInfo.InvariantCulture))),
    };

    private static bool IsCode(int code) => OperatingSystem.IsWindows()
        ? OfWindows.Contains(code & 0xFFFF) && (code >> 16 is 0 or unchecked((int)0xFFFF8007))
        : (OperatingSystem.IsMacOS() ? OfMac : OfLinux).Contains(code);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
            yield return one;
    }

    /// <summary>
    /// What Arrow's C++ makes of a failed system call, and of memory that is not there; at the end or the beginning,
    /// since a message may quote what a file holds.
    /// </summary>
    [GeneratedRegex(
        @"Detail: \[(?:errno|Windows error) ([0-9]{1,5})\][^\[\]']{0,80}'?\)?$|" +
        @"^(?:[^' ]{0,60} \(message: ')?(?:std::bad_alloc|Out of memory: |malloc of size )")]
    private static partial Regex OfLibrary();
}

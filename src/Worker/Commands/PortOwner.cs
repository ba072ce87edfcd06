using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>Whose a listening port is, where the system tells everyone.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";

    /// <returns>A user's name, or number; null where it is not known.</returns>
    public static string? Of(int port) => NumberOf(port) is { } number ? NameOf(number) : null;

    /// <summary>Whether nobody else is known to listen there.</summary>
    public static bool MayBeOurs(int port) => NumberOf(port) is not { } number ||
        number == SystemUser.Id.ToString(CultureInfo.InvariantCulture);

    private static string? NumberOf(int port)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in File.Exists(table) ? File.ReadLines(table).Skip(1) : [])
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 7 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal))
                    return fields[7];
            }
        }

        return null;
    }

    private static string NameOf(string number) => !File.Exists("/etc/passwd") ? number : File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':'))
        .FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)?[0] ?? number;
}

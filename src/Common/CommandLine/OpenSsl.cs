using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>
/// The library that .NET makes digests and TLS with on Linux. No program brings it, so that it gets its updates from the
/// system. Where it is missing .NET ends the process at the first digest, with a dump.
/// </summary>
public static class OpenSsl
{
    /// <summary>What .NET takes in place of the versions it knows, as 3.5.</summary>
    private const string Variable = "DOTNET_OPENSSL_VERSION_OVERRIDE";

    private static readonly string[] Versions = ["3", "1.1", "1.0.2", "1.0.0", "10"];

    /// <exception cref="UserErrorException">It is not installed.</exception>
    public static void Demand(Func<string, string?> environment)
    {
        if (OperatingSystem.IsLinux())
            Demand(environment, file => NativeLibrary.TryLoad(file, out _));
    }

    /// <param name="environment">Variables by name.</param>
    /// <param name="loads">Whether there is a library of a name.</param>
    /// <inheritdoc cref="Demand(Func{string, string?})"/>
    public static void Demand(Func<string, string?> environment, Func<string, bool> loads)
    {
        var asked = environment(Variable) is { Length: > 0 } version ? Versions.Prepend(version) : Versions;
        if (!asked.Any(version => loads($"libssl.so.{version}")))
            throw new UserErrorException(
                "OpenSSL is not installed here: install libssl3 (Debian, Ubuntu) or openssl-libs (Fedora, RHEL)");
    }
}

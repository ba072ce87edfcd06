using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// The key that a coordinator makes for itself (ECDSA on P-256), and the certificate that it signs with it. The key stays;
/// a certificate that is old, or does not name this machine as it is called now, is made anew with it, and whoever knows
/// the key takes the new one.
/// </summary>
internal static class SelfSignedCertificate
{
    private const int Years = 10;
    private static readonly TimeSpan LeastLeft = TimeSpan.FromDays(30);

    /// <summary>The clocks of two machines may differ.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromDays(1);

    /// <summary>Makes what is missing in the folder.</summary>
    /// <param name="listen">Its address is named too, unless it stands for all.</param>
    /// <exception cref="UserErrorException">What lies there is no key or no certificate.</exception>
    public static void Prepare(AccessFolder folder, IPAddress listen, TimeProvider time)
    {
        using var held = folder.Hold();
        using var key = ECDsa.Create();
        if (File.Exists(folder.Key))
            Import(key, folder.Key);
        else
        {
            key.GenerateKey(ECCurve.NamedCurves.nistP256);
            PrivateFile.Write(folder.Key, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        }

        var names = Names(listen);
        if (IsGood(folder.Certificate, key, names, time.GetUtcNow()))
            return;
        using var certificate = Make(key, names, time.GetUtcNow());
        PrivateFile.Write(folder.Certificate, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
    }

    /// <summary>What this machine is called, and its addresses.</summary>
    private static SortedSet<string> Names(IPAddress listen)
    {
        var host = Dns.GetHostName();
        var domain = IPGlobalProperties.GetIPGlobalProperties().DomainName;
        string[] names = ["localhost", host, .. domain.Length > 0 ? [$"{host}.{domain}"] : (string[])[]];
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(address => address.Address)
            .Where(address => !address.IsIPv6LinkLocal)
            .Concat([IPAddress.Loopback, IPAddress.IPv6Loopback, listen])
            .Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any));
        return new SortedSet<string>(
            [
                .. names.Where(name => Uri.CheckHostName(name) == UriHostNameType.Dns),
                .. addresses.Select(address => address.ToString()),
            ],
            StringComparer.OrdinalIgnoreCase);
    }

    private static X509Certificate2 Make(ECDsa key, IEnumerable<string> names, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=FineWebTorch coordinator", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1", "server authentication")], critical: false));
        return request.CreateSelfSigned(now - Slack, now.AddYears(Years));
    }

    private static bool IsGood(string path, ECDsa key, SortedSet<string> names, DateTimeOffset now)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return certificate.NotAfter.ToUniversalTime() - now.UtcDateTime > LeastLeft &&
                certificate.PublicKey.ExportSubjectPublicKeyInfo().SequenceEqual(key.ExportSubjectPublicKeyInfo()) &&
                names.IsSubsetOf(NamesIn(certificate));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static IEnumerable<string> NamesIn(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return alternatives is null
            ? []
            : [
                .. alternatives.EnumerateDnsNames(),
                .. alternatives.EnumerateIPAddresses().Select(address => address.ToString()),
            ];
    }

    private static void Import(ECDsa key, string path)
    {
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or CryptographicException)
        {
            throw new UserErrorException(
                $"{path}: no key that can be read ({exception.Message}); without the file another is made, and workers " +
                "join anew",
                inner: exception);
        }
    }
}

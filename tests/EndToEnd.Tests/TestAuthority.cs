using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>An authority of a test's own, with one below it that signs certificates, as authorities have them.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fineweb-authority-").FullName;
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _between;

    public TestAuthority()
    {
        _root = Make("CN=authority of tests", isAuthority: true, names: [], signer: null);
        _between = Make("CN=below the authority of tests", isAuthority: true, names: [], _root);
        File.WriteAllText(Trusted, _root.ExportCertificatePem());
    }

    /// <summary>What <c>SSL_CERT_FILE</c> names where the authority is trusted.</summary>
    public string Trusted => Path.Combine(_folder, "root.pem");

    /// <summary>The last one that was signed, with the one below the authority.</summary>
    public string Chain => Path.Combine(_folder, "chain.pem");

    public string Key => Path.Combine(_folder, "key.pem");

    /// <summary>Writes a certificate and a new key for it.</summary>
    public void Sign(params string[] names)
    {
        using var signed = Make("CN=coordinator", isAuthority: false, names, _between);
        using var key = signed.GetECDsaPrivateKey()!;
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Chain, $"{signed.ExportCertificatePem()}\n{_between.ExportCertificatePem()}\n");
    }

    public void Dispose()
    {
        _root.Dispose();
        _between.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static X509Certificate2 Make(string subject, bool isAuthority, string[] names, X509Certificate2? signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            isAuthority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, critical: true));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternatives.AddDnsName(name);
        if (names.Length > 0)
            request.CertificateExtensions.Add(alternatives.Build());
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        if (signer is null)
            return request.CreateSelfSigned(from, to);
        // Not later than that of its signer.
        using var signed = request.Create(signer, from, signer.NotAfter, RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }
}

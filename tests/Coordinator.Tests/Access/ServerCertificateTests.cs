using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;

namespace FineWebTorch.Coordinator.Tests.Access;

/// <summary>The certificate of a coordinator's own making, and those that are renewed while it is at work.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly FakeTime _time = new();
    private readonly List<string> _told = [];
    private readonly AccessFolder _folder;

    public ServerCertificateTests()
    {
        // Certificates have no dates before 1950, and this clock begins in 1970.
        _folder = AccessFolder.OfRun(_temporary.Path);
        SelfSignedCertificate.Prepare(_folder, IPAddress.Parse("10.1.2.3"), _time);
    }

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void OwnCertificate_OfThisMachine_NamesItAndIsItsUsersAlone()
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_folder.Certificate);

        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.MatchesHostname("127.0.0.1"));
        Assert.True(certificate.MatchesHostname("10.1.2.3"));
        Assert.Equal("1.2.840.10045.2.1", certificate.PublicKey.Oid.Value);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.Key));
    }

    [Fact]
    public void OwnCertificate_OfAnOlderDayOrAnotherAddress_IsMadeAnewWithTheSameKey()
    {
        var (key, first) = (File.ReadAllText(_folder.Key), File.ReadAllText(_folder.Certificate));
        SelfSignedCertificate.Prepare(_folder, IPAddress.Parse("10.1.2.3"), _time);
        Assert.Equal(first, File.ReadAllText(_folder.Certificate));

        SelfSignedCertificate.Prepare(_folder, IPAddress.Parse("10.1.2.4"), _time);
        var second = File.ReadAllText(_folder.Certificate);
        Assert.NotEqual(first, second);
        _time.Advance(TimeSpan.FromDays(3650));
        SelfSignedCertificate.Prepare(_folder, IPAddress.Parse("10.1.2.4"), _time);

        Assert.NotEqual(second, File.ReadAllText(_folder.Certificate));
        Assert.Equal(key, File.ReadAllText(_folder.Key));
    }

    [Fact]
    public void Renewed_WithTheSameKey_IsShownFromThenOn()
    {
        var certificate = Open();
        var before = certificate.Context().TargetCertificate.Thumbprint;
        Write(ReadKey(_folder.Key), _folder);

        Assert.Equal(before, certificate.Context().TargetCertificate.Thumbprint);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.NotEqual(before, certificate.Context().TargetCertificate.Thumbprint);
        Assert.Contains("renewed, and in use", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void Renewed_WithAnotherKeyOrHalfWritten_LeavesTheOneBefore()
    {
        var certificate = Open();
        var before = certificate.Context().TargetCertificate.Thumbprint;
        File.WriteAllText(_folder.Certificate, "-----BEGIN CERTIFICATE-----\nMII");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(before, certificate.Context().TargetCertificate.Thumbprint);

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_folder.Key, other.ExportPkcs8PrivateKeyPem());
        Write(other, _folder);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(before, certificate.Context().TargetCertificate.Thumbprint);
        Assert.Contains("no certificate with its key", _told[0], StringComparison.Ordinal);
        Assert.Contains("renewed with another key", _told[1], StringComparison.Ordinal);
    }

    [Fact]
    public void OwnFiles_ThatAreNoCertificate_AreRefusedWithOneLine()
    {
        File.WriteAllText(_folder.Key, "no key");

        var refusal = Assert.Throws<UserErrorException>(Open);

        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Throws<UserErrorException>(
            () => SelfSignedCertificate.Prepare(_folder, IPAddress.Loopback, _time));
    }

    private ServerCertificate Open() => new(_folder.Certificate, _folder.Key, _time, _told.Add);

    private static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return key;
    }

    private void Write(ECDsa key, AccessFolder folder)
    {
        var request = new CertificateRequest("CN=renewed", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(_time.GetUtcNow(), _time.GetUtcNow().AddYears(1));
        var written = File.GetLastWriteTimeUtc(folder.Certificate);
        File.WriteAllText(folder.Certificate, certificate.ExportCertificatePem());
        // File systems keep time in steps.
        File.SetLastWriteTimeUtc(folder.Certificate, written.AddSeconds(2));
    }
}

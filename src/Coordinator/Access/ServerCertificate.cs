using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// The certificate, with its key, that a coordinator shows. The files are looked at again while it is at work, so that
/// one that is renewed needs no new start; one that cannot be taken is told of, and the one before stays.
/// </summary>
internal sealed class ServerCertificate
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly TimeProvider _time;
    private readonly Action<string> _tell;
    private SslStreamCertificateContext _context;
    private (DateTime, DateTime) _seen;
    private long _looked;

    /// <param name="certificatePath">PEM: the certificate first, then those that lead to its authority.</param>
    /// <param name="keyPath">PEM: its key.</param>
    /// <param name="tell">Hears of one that was renewed, or could not be taken.</param>
    /// <exception cref="UserErrorException">The files hold no certificate and its key.</exception>
    public ServerCertificate(string certificatePath, string keyPath, TimeProvider time, Action<string> tell)
    {
        (_certificatePath, _keyPath, _time, _tell) = (certificatePath, keyPath, time, tell);
        _seen = Stamps();
        _looked = time.GetTimestamp();
        var (leaf, others) = Load();
        _context = Context(leaf, others);
        KeyPin = PinOf(leaf);
        Pin = IsTrusted(leaf, others) ? null : KeyPin;
    }

    /// <summary>The one that the options name, or one of the coordinator's own making.</summary>
    /// <param name="listen">The address at which it is shown.</param>
    /// <inheritdoc cref="ServerCertificate(string, string, TimeProvider, Action{string})"/>
    public static ServerCertificate Of(
        AccessOptions options, IPAddress listen, AccessFolder folder, TimeProvider time, Action<string> tell)
    {
        if (options.Certificate is null)
            SelfSignedCertificate.Prepare(folder, listen, time);
        return new ServerCertificate(
            options.Certificate ?? folder.Certificate, options.Key ?? folder.Key, time, tell);
    }

    /// <summary>
    /// What workers know it by, see <see cref="JoinToken.Pin"/>; null where it is of an authority that this system trusts.
    /// </summary>
    public string? Pin { get; }

    /// <summary>Sha256 of the public key that is in use.</summary>
    public string KeyPin { get; private set; }

    /// <summary>For the next connection.</summary>
    public SslStreamCertificateContext Context()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_looked) < LookInterval)
                return _context;
            _looked = _time.GetTimestamp();
            var seen = Stamps();
            if (seen == _seen)
                return _context;
            _seen = seen;
            Renew();
            return _context;
        }
    }

    /// <summary>TLS 1.3 for a listener. The certificate is asked for at each connection: it may have been renewed.</summary>
    /// <param name="patience">For a handshake.</param>
    public TlsHandshakeCallbackOptions Handshakes(TimeSpan patience) => new()
    {
        HandshakeTimeout = patience,
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Context(),
            EnabledSslProtocols = SslProtocols.Tls13,
            // Whoever can do no better is to be told so in words, rather than by an alert.
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
    };

    private static string PinOf(X509Certificate2 certificate) =>
        Sha256.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>Of the two files: they need not change at the same moment.</summary>
    private (DateTime, DateTime) Stamps() =>
        (File.GetLastWriteTimeUtc(_certificatePath), File.GetLastWriteTimeUtc(_keyPath));

    private void Renew()
    {
        try
        {
            var (leaf, others) = Load();
            if (Pin is not null && PinOf(leaf) != Pin)
                _tell($"{_certificatePath}: renewed with another key, which workers do not know: the one before stays in " +
                    "use; renew it with the same key, or start the coordinator again and have workers join anew");
            else
            {
                _context = Context(leaf, others);
                KeyPin = PinOf(leaf);
                _tell($"{_certificatePath}: renewed, and in use from now on");
            }
        }
        catch (UserErrorException fault)
        {
            _tell($"{fault.Message}; the one before stays in use");
        }
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Others) Load()
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(_certificatePath);
            var leaf = X509Certificate2.CreateFromPemFile(_certificatePath, _keyPath);
            // Windows' TLS takes no key that is in memory alone.
            if (OperatingSystem.IsWindows())
                leaf = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null);
            return (leaf, [.. all.Skip(1)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or CryptographicException)
        {
            throw new UserErrorException(
                $"{_certificatePath} and {_keyPath}: no certificate with its key, both as PEM, the key without a " +
                $"password ({exception.Message.TrimEnd('.')})",
                inner: exception);
        }
    }

    /// <summary>Nothing is fetched for it.</summary>
    private static SslStreamCertificateContext Context(X509Certificate2 leaf, X509Certificate2Collection others) =>
        SslStreamCertificateContext.Create(leaf, others, offline: true);

    private static bool IsTrusted(X509Certificate2 leaf, X509Certificate2Collection others)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(others);
        return chain.Build(leaf);
    }
}

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// The encrypted connection to a coordinator: TLS 1.3, to the holder of the key that the join token named. Names and dates
/// of a certificate do not matter then, nor who signed it; without such a key they do, as in a browser.
/// </summary>
internal static class CoordinatorTls
{
    public const byte Alert = 0x15;
    private const byte Handshake = 0x16;

    /// <summary>Encrypts a connection whose address asks for it.</summary>
    /// <param name="plain">Disposed where the other end is not to be spoken with.</param>
    /// <param name="pin">See <see cref="JoinToken.Pin"/>.</param>
    /// <exception cref="WrongPeerException">The other end is not the coordinator that was meant.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<Stream> SecureAsync(
        Stream plain, Uri coordinator, string? pin, CancellationToken cancellation)
    {
        if (coordinator.Scheme != Uri.UriSchemeHttps)
            return new PlainPeerStream(plain);
        var observed = new ObservedStream(plain);
        var check = new CertificateCheck(coordinator.IdnHost, pin);
        var secured = new SslStream(observed, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = coordinator.IdnHost,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                    // Nothing is fetched because a stranger's certificate names an address.
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        RevocationMode = X509RevocationMode.NoCheck,
                        DisableCertificateDownloads = true,
                    },
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        check.Accepts(certificate as X509Certificate2, chain, errors),
                },
                cancellation);
            return secured;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            await secured.DisposeAsync();
            throw check.Refusal ?? Describe(observed.FirstByte, failure);
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    private static IOException Describe(int firstByte, Exception failure) => firstByte switch
    {
        Alert or Handshake => new WrongPeerException(
            $"no TLS 1.3 with HTTP/2 could be agreed on ({failure.GetBaseException().Message.TrimEnd('.')}): this may be " +
            "no coordinator, or something between that takes TLS apart",
            failure),
        _ when failure.GetBaseException() is PlatformNotSupportedException => new WrongPeerException(
            "this system's own TLS, which .NET uses, has no TLS 1.3, and a coordinator speaks nothing less: run the worker " +
            "on another machine or in a Linux container", failure),
        < 0 => new IOException("it closed the connection before any TLS", failure),
        _ => new WrongPeerException(
            "it does not encrypt: a coordinator with --insecure, or none; start the coordinator without --insecure, or, on " +
            "a network that you trust, give http:// and no join token",
            failure),
    };

    /// <summary>Judges one certificate.</summary>
    /// <param name="host">As the address has it.</param>
    private sealed class CertificateCheck(string host, string? pin)
    {
        private const int MostNames = 5;

        /// <summary>Why it was refused.</summary>
        public WrongPeerException? Refusal { get; private set; }

        public bool Accepts(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is null)
                Refusal = new WrongPeerException("it showed no certificate");
            else if (pin is not null)
                Refusal = Sha256.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo()) == pin
                    ? null
                    : new WrongPeerException(
                        "its certificate has another key than the join token names: it is another coordinator, of another " +
                        "run perhaps, or somebody in between; if it is yours, join it with the line that 'coordinator " +
                        "token show' prints there");
            else if (errors != SslPolicyErrors.None)
                Refusal = new WrongPeerException(
                    $"its certificate is not to be trusted: {string.Join("; ", FaultsOf(certificate, chain, errors))}");
            return Refusal is null;
        }

        private IEnumerable<string> FaultsOf(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
                yield return $"it is for {NamesIn(certificate)}, not for {host}; give the address by a name that it is for";
            if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                yield break;
            var faults = chain?.ChainStatus.Aggregate(
                X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.PartialChain;
            if (faults.HasFlag(X509ChainStatusFlags.NotTimeValid))
                yield return $"it is good from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}, and " +
                    "not today; have it renewed at the coordinator, or this machine's clock set right";
            if ((faults & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
                yield return "who has signed it is no authority that this system trusts " +
                    $"({certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}); have it trusted here, on Linux " +
                    "also by SSL_CERT_FILE";
        }

        private static string NamesIn(X509Certificate2 certificate)
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(
                extension => extension.EnumerateDnsNames().Concat(
                    extension.EnumerateIPAddresses().Select(address => address.ToString()))).ToList();
            return names.Count == 0 ? "no name"
                : string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? ", …" : "");
        }
    }
}

/// <summary>
/// What answers is not the coordinator that was meant; trying again would not help. The message says what it is, and what
/// helps.
/// </summary>
internal sealed class WrongPeerException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>The one that lies below an error; null where none does.</summary>
    public static WrongPeerException? In(Exception? error)
    {
        for (; error is not null; error = (error as Grpc.Core.RpcException)?.Status.DebugException ?? error.InnerException)
        {
            if (error is WrongPeerException found)
                return found;
        }

        return null;
    }
}

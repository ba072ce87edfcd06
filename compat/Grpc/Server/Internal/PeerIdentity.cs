using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>What a client certificate says about the peer, under the names that gRPC gives it.</summary>
internal static class PeerIdentity
{
    private const string AlternativeName = "x509_subject_alternative_name";
    private const string CommonName = "x509_common_name";

    private static readonly AuthContext Unauthenticated = new(null, []);

    public static AuthContext Of(X509Certificate2? certificate)
    {
        if (certificate is null) return Unauthenticated;
        Dictionary<string, List<AuthProperty>> properties = [];
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in extension.EnumerateDnsNames()) Add(AlternativeName, name);
        }

        Add(CommonName, certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        return new AuthContext(properties.ContainsKey(AlternativeName) ? AlternativeName : CommonName, properties);

        void Add(string name, string value)
        {
            if (!properties.TryGetValue(name, out var values)) properties[name] = values = [];
            values.Add(AuthProperty.Create(name, Encoding.UTF8.GetBytes(value)));
        }
    }
}

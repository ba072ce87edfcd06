using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.Core.Wire;

/// <summary>The message encodings that one side knows besides <c>identity</c>.</summary>
internal sealed class Encodings(IEnumerable<ICompressionProvider> providers)
{
    public const string Identity = "identity";

    private readonly Dictionary<string, ICompressionProvider> _providers =
        providers.ToDictionary(provider => provider.EncodingName, StringComparer.Ordinal);

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public string AcceptHeader => string.Join(',', [Identity, .. _providers.Keys]);

    public static List<ICompressionProvider> DefaultProviders() =>
    [
        new GzipCompressionProvider(CompressionLevel.Fastest),
        new DeflateCompressionProvider(CompressionLevel.Fastest),
    ];

    public static bool IsIdentity(string? name) => name is null or Identity;

    public ICompressionProvider? Find(string name) => _providers.GetValueOrDefault(name);

    /// <summary>What decompresses the messages of a peer that sent <paramref name="name"/> in grpc-encoding.</summary>
    /// <exception cref="RpcException">There is no such encoding here.</exception>
    public ICompressionProvider Require(string? name)
    {
        if (IsIdentity(name))
            throw WireErrors.Internal($"Message is compressed but grpc-encoding is {name ?? "not set"}.");
        return Find(name!) ?? throw WireErrors.UnknownEncoding(name!, AcceptHeader);
    }
}

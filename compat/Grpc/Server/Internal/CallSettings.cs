using System.IO.Compression;
using Grpc.Core.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The options of one service, resolved and checked when it is mapped.</summary>
internal sealed record CallSettings(
    Encodings Encodings,
    int? MaxSendMessageSize,
    int? MaxReceiveMessageSize,
    bool DetailedErrors,
    string? ResponseEncoding,
    CompressionLevel? ResponseCompressionLevel,
    bool IgnoreUnknownServices)
{
    /// <exception cref="InvalidOperationException">The response encoding has no provider.</exception>
    public static CallSettings Of<TService>(IServiceProvider services)
        where TService : class
    {
        var options = new GrpcServiceOptions<TService>();
        services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value.CopyTo(options);
        foreach (var change in services.GetServices<IConfigureOptions<GrpcServiceOptions<TService>>>())
            change.Configure(options);
        var encodings = new Encodings(options.CompressionProviders);
        var encoding = options.ResponseCompressionAlgorithm;
        if (!Encodings.IsIdentity(encoding) && encodings.Find(encoding!) is null)
        {
            throw new InvalidOperationException(
                $"The configured response compression algorithm '{encoding}' does not have a matching " +
                "compression provider.");
        }

        return new CallSettings(
            encodings,
            options.MaxSendMessageSize,
            options.MaxReceiveMessageSize,
            options.EnableDetailedErrors ?? false,
            encoding,
            options.ResponseCompressionLevel,
            options.IgnoreUnknownServices ?? false);
    }
}

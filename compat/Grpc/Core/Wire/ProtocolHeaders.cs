namespace Grpc.Core.Wire;

/// <summary>Header and trailer names, and the values that never change.</summary>
internal static class ProtocolHeaders
{
    public const string ContentType = "application/grpc";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";

    /// <summary>Metadata key by which a caller or handler chooses the encoding of one call; never sent.</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";

    /// <summary>True for <c>application/grpc</c> alone or followed by a format or parameters.</summary>
    public static bool IsGrpcContentType(string? value) =>
        value is not null
        && value.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (value.Length == ContentType.Length || value[ContentType.Length] is ';' or '+');
}

using System.Globalization;

namespace Grpc.Core.Wire;

/// <summary>A status as its two headers or trailers.</summary>
internal static class StatusHeaders
{
    public static string EncodeCode(StatusCode code) => ((int)code).ToString(CultureInfo.InvariantCulture);

    public static string? EncodeDetail(string? detail) =>
        string.IsNullOrEmpty(detail) ? null : PercentEncoding.Encode(detail);

    /// <summary>Numbers that no code has are passed through.</summary>
    public static Status Decode(string code, string? message)
    {
        if (!int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return new Status(StatusCode.Cancelled, $"Unexpected grpc-status value: {code}");
        return new Status((StatusCode)number, PercentEncoding.Decode(message ?? ""));
    }
}

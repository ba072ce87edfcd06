using System.Net;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Telemetry;

/// <summary>
/// Who may read metrics: on an address of this machine alone, whoever asks; elsewhere, who brings the token, as
/// Prometheus does by <c>authorization: { credentials_file: FILE }</c>.
/// </summary>
/// <param name="token">Null: everyone may.</param>
public sealed class MetricsAccess(Secret? token)
{
    private const string Scheme = "Bearer ";

    /// <param name="listen">Where they are served.</param>
    /// <param name="token">Called where that is no address of this machine alone.</param>
    public static MetricsAccess At(IPAddress listen, Func<Secret> token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return new MetricsAccess(IPAddress.IsLoopback(listen) ? null : token());
    }

    public Task PassAsync(HttpContext context, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (Lets(context.Request.Headers.Authorization.ToString()))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsync("metrics are for who brings the token: Authorization: Bearer TOKEN\n");
    }

    private bool Lets(string given) => token is not { } secret ||
        (given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) &&
            new Secret(given[Scheme.Length..].Trim()) == secret);
}

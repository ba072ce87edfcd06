using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

public static class ServerCallContextExtensions
{
    private const string HttpContextKey = "__HttpContext";

    /// <summary>
    /// The HTTP request behind a call. Tests that make their own <see cref="ServerCallContext"/> put one into its
    /// UserState under <c>__HttpContext</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        if (serverCallContext is AspNetCore.Server.Internal.HttpServerCallContext { HttpContext: var httpContext })
            return httpContext;
        return serverCallContext.UserState.TryGetValue(HttpContextKey, out var value) && value is HttpContext context
            ? context
            : throw new InvalidOperationException(
                "Could not get HttpContext from ServerCallContext. " +
                "HttpContext can only be accessed when gRPC services are hosted by ASP.NET Core.");
    }
}

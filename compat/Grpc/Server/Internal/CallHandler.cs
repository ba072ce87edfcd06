using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Serves the calls of one method.</summary>
internal sealed class CallHandler(
    MethodType type, Func<HttpServerCallContext, Task> invoke, CallSettings settings, ILogger logger)
{
    public async Task HandleAsync(HttpContext http)
    {
        if (RequestCheck.Refuse(http)) return;
        if (type is MethodType.ClientStreaming or MethodType.DuplexStreaming) LiftRequestLimits(http);
        http.Response.ContentType = ProtocolHeaders.ContentType;
        using var context = new HttpServerCallContext(http, settings, logger);
        try
        {
            await invoke(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            context.Fail(exception);
        }

        await context.FinishAsync().ConfigureAwait(false);
    }

    // A stream may rest for hours, and no one knows how long it will be.
    private static void LiftRequestLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }
}

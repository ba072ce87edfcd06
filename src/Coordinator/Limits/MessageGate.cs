using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>Lets calls of gRPC pass, with their messages counted; see <see cref="MeteredBody"/>.</summary>
internal sealed class MessageGate(PeerLimits limits, TimeProvider time, FloodLog log)
{
    /// <summary>A worker may have nothing to say in its session for a while.</summary>
    private const string Session = "/fineweb.v1.Coordination/Work";

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var peer = context.Features.GetRequiredFeature<PeerConnection>();
        if (!peer.TryCall())
        {
            log.Note(peer.Address, $"connections were cut: {limits.GuestCalls} calls and no session");
            peer.Cut();
            return;
        }

        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            await next(context);
            return;
        }

        using var body = new MeteredBody(
            context.Request.BodyReader, peer, limits, time, mayPause: context.Request.Path == Session);
        context.Features.Set<IRequestBodyPipeFeature>(new Body(body));
        await next(context);
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}

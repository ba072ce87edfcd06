using System.Net;
using System.Net.Http.Headers;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>A request of one message.</summary>
/// <param name="frame">Must stay as it is: a request may be sent again.</param>
internal sealed class UnaryContent(ReadOnlyMemory<byte> frame) : HttpContent
{
    public static MediaTypeHeaderValue MediaType { get; } = new(ProtocolHeaders.ContentType);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);

    protected override bool TryComputeLength(out long length)
    {
        length = frame.Length;
        return true;
    }
}

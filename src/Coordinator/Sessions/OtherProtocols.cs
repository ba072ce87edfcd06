using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>
/// Tells who speaks otherwise than a port does what it speaks, in words that they understand, and ends it. How long a
/// connection may say nothing is for others to see to.
/// </summary>
internal static class OtherProtocols
{
    /// <summary>First byte of a TLS connection.</summary>
    private const byte Handshake = 0x16;

    private const string WhatIsSpoken = "a coordinator listens here, for workers: gRPC over HTTP/2 (ALPN h2)";

    private static readonly byte[] Http2 = "h2"u8.ToArray();

    /// <summary>To be used before TLS, or in its place.</summary>
    /// <param name="encrypts">Whether TLS follows.</param>
    public static void RefuseUnlike(this ListenOptions options, bool encrypts) => options.Use(next => async connection =>
    {
        var first = await FirstByteAsync(connection);
        if (first is null)
            return;
        if ((first == Handshake) == encrypts)
            await next(connection);
        else
            await RefuseAsync(connection, encrypts
                ? "this port speaks TLS: use https://, and a join token, as 'coordinator token show' prints them"
                : "this port does not encrypt: use http://");
    });

    /// <summary>To be used after TLS.</summary>
    public static void RefuseOtherThanHttp2(this ListenOptions options) => options.Use(next => connection =>
        connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual(Http2) == true
            ? next(connection)
            : RefuseAsync(connection, WhatIsSpoken));

    /// <summary>For browsers, which speak HTTP/2 and no gRPC.</summary>
    public static void AnswerOtherThanGrpc(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapFallback("{*path}", context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync(WhatIsSpoken + "\n", context.RequestAborted);
        });

    /// <returns>Null where nothing came.</returns>
    private static async Task<byte?> FirstByteAsync(ConnectionContext connection)
    {
        try
        {
            var read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return null;
        }
    }

    private static async Task RefuseAsync(ConnectionContext connection, string line)
    {
        try
        {
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {line.Length + 1}\r\n" +
                $"Connection: close\r\n\r\n{line}\n")));
            // What was sent is read, so that closing does not take the answer back.
            var read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.CompleteAsync();
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            // Nobody waits for the answer.
        }
    }
}

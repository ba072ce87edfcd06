using System.Buffers;
using Grpc.Core;
using Grpc.Core.Wire;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The response of a call. Handler and deadline both write to it, one at a time.</summary>
internal sealed class ServerResponse : IDisposable
{
    // A client that does not read keeps the end of its response waiting; its stream is reset after this time.
    private static readonly TimeSpan PatienceAtDeadline = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HttpContext _http;
    private readonly CallSettings _settings;
    private ICompressionProvider? _compression;
    private bool _finished;

    public ServerResponse(HttpContext http, CallSettings settings)
    {
        _http = http;
        _settings = settings;
        string? requestEncoding = http.Request.Headers[ProtocolHeaders.Encoding];
        if (!Encodings.IsIdentity(requestEncoding) && settings.Encodings.Find(requestEncoding!) is null)
            http.Response.Headers[ProtocolHeaders.AcceptEncoding] = settings.Encodings.AcceptHeader;
        if (settings.ResponseEncoding is { } encoding) UseEncoding(encoding);
    }

    /// <exception cref="InvalidOperationException">Headers have been sent.</exception>
    public async Task SendHeadersAsync(Metadata headers, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_http.Response.HasStarted)
                throw new InvalidOperationException("Response headers can only be sent once per call.");
            foreach (var entry in headers)
            {
                if (entry.Is(ProtocolHeaders.EncodingRequest)) UseEncoding(entry.Value);
                else _http.Response.Headers.Add(entry);
            }

            await _http.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public async Task WriteAsync(MessageFrame frame, WriteFlags flags, bool flush, CancellationToken cancellationToken)
    {
        var compression = flags.HasFlag(WriteFlags.NoCompress) ? null : _compression;
        var bytes = frame.Encode(compression, _settings.ResponseCompressionLevel);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_finished)
                throw new InvalidOperationException("Can't write the message because the request is complete.");
            var response = _http.Response;
            // The writer takes memory only after the start.
            if (!response.HasStarted) await response.StartAsync(cancellationToken).ConfigureAwait(false);
            response.BodyWriter.Write(bytes.Span);
            if (flush) await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sets the status: in the trailers, or in the headers where nothing has been sent.</summary>
    public async Task FinishAsync(Status status, Metadata trailers)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            SetStatus(status, trailers);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends response and request at once, while the handler may still be at work.</summary>
    public async Task FinishNowAsync(Status status)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            SetStatus(status, Metadata.Empty);
            await _http.Response.CompleteAsync().WaitAsync(PatienceAtDeadline, TimeProvider.System)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Then the reset is all that the client sees.
        }
        finally
        {
            _turn.Release();
        }

        const int cancel = 8;
        if (_http.Features.Get<IHttpResetFeature>() is { } feature) feature.Reset(cancel);
        else _http.Abort();
    }

    public void Dispose() => _turn.Dispose();

    private void SetStatus(Status status, Metadata trailers)
    {
        _finished = true;
        var destination = _http.Response.HasStarted
            ? _http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : _http.Response.Headers;
        foreach (var entry in trailers) destination.Add(entry);
        destination.SetStatus(status);
    }

    // What the client did not offer to decompress goes as it is.
    private void UseEncoding(string encoding)
    {
        if (Encodings.IsIdentity(encoding) || !Accepts(encoding))
        {
            _compression = null;
            _http.Response.Headers.Remove(ProtocolHeaders.Encoding);
            return;
        }

        _compression = _settings.Encodings.Find(encoding)
            ?? throw new InvalidOperationException($"There is no compression provider for '{encoding}'.");
        _http.Response.Headers[ProtocolHeaders.Encoding] = encoding;
    }

    private bool Accepts(string encoding) => _http.Request.Headers[ProtocolHeaders.AcceptEncoding]
        .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)).Contains(encoding);
}

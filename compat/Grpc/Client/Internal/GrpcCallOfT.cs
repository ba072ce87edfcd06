using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Core.Wire;
using Grpc.Net.Compression;

namespace Grpc.Net.Client.Internal;

/// <summary>One call as an HTTP/2 request and its response.</summary>
internal sealed class GrpcCall<TRequest, TResponse> : GrpcCall
    where TRequest : class
    where TResponse : class
{
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 32 * 1024, leaveOpen: true);

    private readonly TaskCompletionSource<Metadata> _headers = NewSource<Metadata>();
    private readonly TaskCompletionSource<TResponse> _response = NewSource<TResponse>();
    private readonly TaskCompletionSource<MessageReader<TResponse>?> _reader = NewSource<MessageReader<TResponse>?>();
    private readonly Method<TRequest, TResponse> _method;
    private readonly HttpRequestMessage _request;
    private readonly ICompressionProvider? _compression;
    private volatile HttpResponseMessage? _httpResponse;

    public GrpcCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
        : base(channel, options)
    {
        _method = method;
        (_request, var encoding) = RequestHead.Create(channel, method, host, options);
        _compression = Encodings.IsIdentity(encoding) ? null : channel.Encodings.Find(encoding!)
            ?? throw new InvalidOperationException($"Could not find compression provider for '{encoding}'.");
    }

    public Task<Metadata> HeadersAsync => _headers.Task;

    public Task<TResponse> ResponseAsync => _response.Task;

    private bool HasSingleResponse => _method.Type is MethodType.Unary or MethodType.ClientStreaming;

    // The frame is not disposed: its memory belongs to the content, which the handler may send late or twice.
    public void Start(TRequest request) =>
        Start(() => new UnaryContent(Serialize(request).Encode(CompressionFor(Options.WriteOptions))));

    public StreamingContent StartStream()
    {
        var content = new StreamingContent();
        Start(() => content);
        return content;
    }

    public MessageFrame Serialize(TRequest message) =>
        MessageFrame.Of(message, _method.RequestMarshaller.ContextualSerializer, Channel.MaxSendMessageSize);

    public async Task WriteAsync(Stream stream, MessageFrame frame, WriteOptions? options)
    {
        await stream.WriteAsync(frame.Encode(CompressionFor(options)), Cancelled).ConfigureAwait(false);
        if (options is null || !options.Flags.HasFlag(WriteFlags.BufferHint))
            await stream.FlushAsync(Cancelled).ConfigureAwait(false);
    }

    /// <summary>The next response message, or null at a good end.</summary>
    public async ValueTask<TResponse?> ReadAsync()
    {
        try
        {
            var reader = await _reader.Task.WaitAsync(Cancelled).ConfigureAwait(false);
            if (!HasEnded && reader is not null)
            {
                if (await reader.ReadAsync(Cancelled).ConfigureAwait(false) is { } message) return message;
                EndByTrailers();
            }
        }
        catch (Exception exception)
        {
            throw Fail(exception, "Error reading next message.");
        }

        return GetStatus().StatusCode == StatusCode.OK ? null : throw EndException();
    }

    /// <summary>What a failed write means: the server's status where that is known or about to be.</summary>
    public async ValueTask<Exception> WriteFailedAsync(Exception exception)
    {
        // The response is read anyway, and it tells more than the request's end: it says why.
        if (HasSingleResponse) await EndedAsync.ConfigureAwait(false);
        return HasEnded
            ? EndException()
            : new RpcException(FailureStatus.Of(exception, "Error writing message."));
    }

    protected override void ReleaseHttp()
    {
        (_request.Content as StreamingContent)?.Abort();
        _httpResponse?.Dispose();
        _reader.TrySetResult(null);
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Start(Func<HttpContent> createContent)
    {
        Watch();
        _ = RunAsync(createContent);
    }

    private async Task RunAsync(Func<HttpContent> createContent)
    {
        try
        {
            Cancelled.ThrowIfCancellationRequested();
            _request.Content = createContent();
            _request.Content.Headers.ContentType = UnaryContent.MediaType;
            if (Options.IsWaitForReady) await Channel.WaitUntilReadyAsync(Cancelled).ConfigureAwait(false);
            var response = await Channel.SendAsync(_request, Cancelled).ConfigureAwait(false);
            _httpResponse = response;
            // The call may have ended, and let go of what it had then, while the response arrived.
            if (HasEnded) response.Dispose();
            await ReceiveAsync(response).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var failure = Fail(exception, "Error starting gRPC call.");
            SetFailed(_headers, failure);
            SetFailed(_response, failure);
        }
    }

    private async Task ReceiveAsync(HttpResponseMessage response)
    {
        var headers = ResponseStatus.ToMetadata(response.Headers);
        if (ResponseStatus.InHeaders(response) is { } status)
        {
            End(Checked(status), headers);
            _headers.TrySetResult(headers);
            if (HasSingleResponse) SetFailed(_response, EndException());
            return;
        }

        var stream = await response.Content.ReadAsStreamAsync(Cancelled).ConfigureAwait(false);
        var reader = new MessageReader<TResponse>(
            PipeReader.Create(stream, PipeOptions),
            _method.ResponseMarshaller.ContextualDeserializer,
            Channel.Encodings,
            ResponseStatus.Single(response.Headers, ProtocolHeaders.Encoding),
            Channel.MaxReceiveMessageSize);
        _headers.TrySetResult(headers);
        if (HasSingleResponse) await ReceiveSingleAsync(reader).ConfigureAwait(false);
        else _reader.TrySetResult(reader);
    }

    private async Task ReceiveSingleAsync(MessageReader<TResponse> reader)
    {
        TResponse? message;
        try
        {
            message = await reader.ReadSingleAsync(Cancelled).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            SetFailed(_response, Fail(exception, "Error reading next message."));
            return;
        }

        EndByTrailers(messageMissing: message is null);
        if (GetStatus().StatusCode == StatusCode.OK) _response.TrySetResult(message!);
        else SetFailed(_response, EndException());
    }

    private void EndByTrailers(bool messageMissing = false)
    {
        var response = _httpResponse!;
        var status = ResponseStatus.InTrailers(response);
        End(messageMissing ? Checked(status) : status, ResponseStatus.ToMetadata(response.TrailingHeaders));
    }

    // One response message is promised; without it the call has not gone well whatever the server says.
    private Status Checked(Status status) => HasSingleResponse && status.StatusCode == StatusCode.OK
        ? new Status(StatusCode.Internal, "Failed to deserialize response message.")
        : status;

    private ICompressionProvider? CompressionFor(WriteOptions? options) =>
        options is not null && options.Flags.HasFlag(WriteFlags.NoCompress) ? null : _compression;

    // Callers need not look at every task of a call: the exception counts as seen.
    private static void SetFailed<T>(TaskCompletionSource<T> source, Exception exception)
    {
        if (source.TrySetException(exception)) _ = source.Task.Exception;
    }
}

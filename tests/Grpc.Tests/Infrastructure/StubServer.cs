using System.Net;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Net.Client;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>Answers a client's calls with whatever a test makes up, without a network.</summary>
internal sealed class StubServer(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public static Testing.TestingClient ClientOf(
        Func<HttpRequestMessage, HttpResponseMessage> answer, Action<GrpcChannelOptions>? configure = null) =>
        ClientOf(request => Task.FromResult(answer(request)), configure);

    public static Testing.TestingClient ClientOf(
        Func<HttpRequestMessage, Task<HttpResponseMessage>> answer, Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions { HttpHandler = new StubServer(answer) };
        configure?.Invoke(options);
        return new Testing.TestingClient(GrpcChannel.ForAddress("http://stub", options));
    }

    public static HttpResponseMessage Response(
        byte[] body,
        string? status = "0",
        string? contentType = "application/grpc",
        HttpStatusCode httpStatus = HttpStatusCode.OK,
        params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage(httpStatus)
        {
            Version = HttpVersion.Version20,
            Content = new ByteArrayContent(body),
        };
        if (contentType is not null) response.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        if (status is not null) response.TrailingHeaders.TryAddWithoutValidation("grpc-status", status);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await answer(request);
        response.RequestMessage = request;
        return response;
    }
}

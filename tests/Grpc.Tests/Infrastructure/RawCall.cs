using System.Net;
using System.Net.Http.Headers;
using FineWebTorch.Grpc.Tests.Protos;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>A call made with nothing but an HTTP client, so that a test can bend any rule of the protocol.</summary>
internal sealed class RawCall : IDisposable
{
    public const string Unary = "/fineweb.testing.Testing/Unary";
    public const string ClientStreaming = "/fineweb.testing.Testing/ClientStreaming";
    public const string ServerStreaming = "/fineweb.testing.Testing/ServerStreaming";

    private readonly HttpResponseMessage _response;

    private RawCall(HttpResponseMessage response, byte[] body)
    {
        _response = response;
        Body = body;
    }

    public HttpStatusCode HttpStatus => _response.StatusCode;

    public byte[] Body { get; }

    public List<(byte Flag, byte[] Payload)> Messages => Frames.Split(Body);

    public Note Message => Note.Parser.ParseFrom(Messages.Single().Payload);

    /// <summary>The status in the trailers, or null.</summary>
    public string? Status => Find(_response.TrailingHeaders, "grpc-status");

    /// <summary>The status in the headers, which makes the response a trailers-only one, or null.</summary>
    public string? HeaderStatus => Header("grpc-status");

    public string? Detail => Find(_response.TrailingHeaders, "grpc-message") ?? Header("grpc-message");

    public static async Task<RawCall> SendAsync(
        Uri address,
        string path,
        byte[] body,
        string? contentType = "application/grpc",
        bool te = true,
        HttpMethod? method = null,
        Version? version = null,
        params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var request = new HttpRequestMessage(method ?? HttpMethod.Post, new Uri(address, path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = method == HttpMethod.Get ? null : new ByteArrayContent(body),
        };
        if (contentType is not null) request.Content?.Headers.TryAddWithoutValidation("content-type", contentType);
        if (te) request.Headers.TryAddWithoutValidation("te", "trailers");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await client.SendAsync(request).InTime();
        return new RawCall(response, await response.Content.ReadAsByteArrayAsync().InTime());
    }

    public string? Header(string name) => Find(_response.Headers, name) ?? Find(_response.Content.Headers, name);

    public void Dispose() => _response.Dispose();

    private static string? Find(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}

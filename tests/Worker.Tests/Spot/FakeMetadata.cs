using System.Collections.Concurrent;
using System.Net;

namespace FineWebTorch.Worker.Tests.Spot;

/// <summary>The metadata service of a cloud, on loopback.</summary>
internal sealed class FakeMetadata : IDisposable
{
    private readonly HttpListener _listener = new();

    /// <param name="cloud">Whose it is; others get 404 or, of Azure, 400.</param>
    public FakeMetadata(string cloud)
    {
        Cloud = cloud;
        Address = new Uri($"http://127.0.0.1:{FreePorts.Take()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = AnswerAsync();
    }

    public string Cloud { get; }

    public Uri Address { get; }

    /// <summary>What the machine is told; null while it stays.</summary>
    public string? Notice { get; set; }

    /// <summary>The token that counts.</summary>
    public string Token { get; set; } = "first";

    public ConcurrentQueue<string> Asked { get; } = new();

    public async Task UntilAskedAsync(int times)
    {
        while (Asked.Count < times)
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is ObjectDisposedException or HttpListenerException)
            {
                return;
            }

            var (code, text) = AnswerTo(context.Request);
            Asked.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}: {(int)code}");
            context.Response.StatusCode = (int)code;
            await context.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
    }

    private (HttpStatusCode Code, string Text) AnswerTo(HttpListenerRequest request) =>
        (Cloud, request.HttpMethod, request.Url!.AbsolutePath) switch
        {
            ("aws", "PUT", "/latest/api/token") when request.Headers["X-aws-ec2-metadata-token-ttl-seconds"] is not null =>
                (HttpStatusCode.OK, Token),
            ("aws", "GET", "/latest/meta-data/spot/instance-action") => request.Headers["X-aws-ec2-metadata-token"] != Token
                ? (HttpStatusCode.Unauthorized, "")
                : Notice is null ? (HttpStatusCode.NotFound, "") : (HttpStatusCode.OK, Notice),
            ("gcp", "GET", "/computeMetadata/v1/instance/preempted") when request.Headers["Metadata-Flavor"] == "Google" =>
                (HttpStatusCode.OK, Notice ?? "FALSE"),
            ("azure", "GET", "/metadata/instance/compute/name") when request.Headers["Metadata"] == "true" =>
                (HttpStatusCode.OK, "vm7"),
            ("azure", "GET", "/metadata/scheduledevents") when request.Headers["Metadata"] == "true" =>
                (HttpStatusCode.OK, Notice ?? """{"DocumentIncarnation": 1, "Events": []}"""),
            ("azure", _, _) => (HttpStatusCode.BadRequest, """{"error": "Bad request"}"""),
            _ => (HttpStatusCode.NotFound, "<html>"),
        };
}

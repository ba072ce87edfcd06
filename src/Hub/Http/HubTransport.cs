using System.Net;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Hub;

/// <summary>
/// HTTP as the Hub needs it: redirects are never followed by the handler (which would drop or leak the token),
/// no cookies, no compression (a compressed answer to a range is the whole file).
/// Knows no token: this is all that a machine needs to work with signed URLs.
/// </summary>
public sealed class HubTransport : IDisposable
{
    private readonly HttpClient _http;

    public HubTransport(HubTransportOptions? options = null)
    {
        Options = options ?? new HubTransportOptions();
        _http = new HttpClient(Options.Handler?.Invoke() ?? SocketHandler(Options))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HubTransportOptions Options { get; }

    internal TimeProvider Time => Options.Time;

    internal ILogger Logger => Options.Logger;

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// One attempt up to the answer's head. While a file is being sent, each piece of it renews the time limit.
    /// </summary>
    /// <exception cref="HubException">
    /// No answer: <see cref="HubErrorKind.Unreachable"/> or <see cref="HubErrorKind.TimedOut"/>.
    /// </exception>
    internal async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!;
        request.Headers.TryAddWithoutValidation("User-Agent", $"{Options.Program}; dotnet/{Environment.Version}");
        using var timeout = new CancellationTokenSource(limit ?? Options.AnswerTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        if (request.Content is FileSliceContent slice)
            slice.Sent += _ => timeout.CancelAfter(limit ?? Options.AnswerTimeout);
        var start = Time.GetTimestamp();
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token)
                .ConfigureAwait(false);
            var took = Time.GetElapsedTime(start).TotalMilliseconds;
            HubLog.Answered(Logger, request.Method, SignedUrl.Redact(url), (int)response.StatusCode, took);
            return response;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(HubErrorKind.TimedOut, $"{url.Authority} did not answer in time", null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Failure(HubErrorKind.Unreachable, $"cannot reach {url.Authority}: {exception.Message}", exception);
        }
    }

    internal static HubException Failure(HubErrorKind kind, string message, Exception? inner) =>
        new(kind, SignedUrl.Redact(message), inner is HttpRequestException or IOException ? inner : null);

    private static SocketsHttpHandler SocketHandler(HubTransportOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        Credentials = null,
    };
}

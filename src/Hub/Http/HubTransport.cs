using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineWebTorch.Hub;

/// <summary>
/// HTTP as the Hub needs it: redirects are never followed by the handler (which would drop or leak the token),
/// no cookies, no compression (a compressed answer to a range is the whole file).
/// Knows no token: this is all that a machine needs to work with signed URLs.
/// </summary>
public sealed class HubTransport : IDisposable
{
    private const int LargestBody = 256 << 20;

    private readonly HttpClient _http;

    public HubTransport(HubTransportOptions? options = null)
    {
        Options = options ?? new HubTransportOptions();
        Guard = new AddressGuard(Options.LookUp);
        Reach = new HubReach(Options.Time);
        _http = new HttpClient(Options.Handler?.Invoke(Guard) ?? SocketHandler(Options, Guard))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HubTransportOptions Options { get; }

    /// <summary>Whether what is asked gets answers.</summary>
    public HubReach Reach { get; }

    /// <summary>Decides where connections may go.</summary>
    public AddressGuard Guard { get; }

    internal TimeProvider Time => Options.Time;

    internal ILogger Logger => Options.Logger;

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// One attempt up to the answer's head. While a file is being sent, each piece of it renews the time limit.
    /// </summary>
    /// <exception cref="HubException">
    /// No answer: <see cref="HubErrorKind.Unreachable"/> or <see cref="HubErrorKind.TimedOut"/>; or it was not asked:
    /// <see cref="HubErrorKind.ForbiddenAddress"/>.
    /// </exception>
    internal async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!;
        var proxy = Options.Proxies?.For(url);
        request.Headers.TryAddWithoutValidation("User-Agent", $"{Options.Program}; dotnet/{Environment.Version}");
        using var timeout = new CancellationTokenSource(limit ?? Options.AnswerTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        if (request.Content is FileSliceContent slice)
            slice.Sent += _ => timeout.CancelAfter(limit ?? Options.AnswerTimeout);
        await Guard.DemandAsync(url, cancellationToken).ConfigureAwait(false);
        var start = Time.GetTimestamp();
        var response = await CountedAsync(request, proxy, cancellationToken, either.Token).ConfigureAwait(false);
        var took = Time.GetElapsedTime(start).TotalMilliseconds;
        HubLog.Answered(Logger, request.Method, SignedUrl.Redact(url), (int)response.StatusCode, took);
        if (response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired)
            return response;
        response.Dispose();
        throw Refused(url, proxy);
    }

    /// <summary>A whole body, which is small and has to be there within <see cref="HubTransportOptions.BodyTimeout"/>.</summary>
    internal async Task<byte[]> ReadAllAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var authority = response.RequestMessage?.RequestUri?.Authority ?? "the server";
        var start = Time.GetTimestamp();
        using var whole = new MemoryStream();
        using var body = new AnswerBody(
            this, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), authority);
        var buffer = new byte[64 << 10];
        while (await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > LargestBody)
                throw new HubException(
                    HubErrorKind.BadAnswer, $"{authority} sent more than {LargestBody >> 20} MiB as an answer");
            // No timer is needed: each read ends by the limit on silence.
            if (Time.GetElapsedTime(start) > Options.BodyTimeout)
                throw new HubException(
                    HubErrorKind.TimedOut,
                    $"{authority} was not done with an answer after {Options.BodyTimeout.TotalSeconds:0} s");
        }

        return whole.ToArray();
    }

    internal void LogRetry(HubException failure, TimeSpan pause, int failures) =>
        HubLog.TryingAgain(Logger, failure.Message, pause.TotalSeconds, failures);

    private async Task<HttpResponseMessage> CountedAsync(
        HttpRequestMessage request, NamedProxy? proxy, CancellationToken asked, CancellationToken either)
    {
        try
        {
            var response = await AnswerAsync(request, proxy, asked, either).ConfigureAwait(false);
            Reach.Answered((int)response.StatusCode);
            return response;
        }
        catch (HubException failure)
        {
            Reach.Failed(failure.Kind);
            throw;
        }
    }

    /// <param name="asked">Cancelled by the caller.</param>
    /// <param name="either">By the caller, or by the limit on time.</param>
    private async Task<HttpResponseMessage> AnswerAsync(
        HttpRequestMessage request, NamedProxy? proxy, CancellationToken asked, CancellationToken either)
    {
        var url = request.RequestUri!;
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!asked.IsCancellationRequested)
        {
            throw new HubException(HubErrorKind.TimedOut, $"{url.Authority} did not answer in time");
        }
        catch (HttpRequestException exception) when (exception.InnerException is HubException refusal)
        {
            throw new HubException(refusal.Kind, refusal.Message);
        }
        catch (HttpRequestException exception) when (IsRefusedTunnel(exception))
        {
            throw Refused(url, proxy);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            var way = proxy is null ? "" : $" through {proxy}";
            throw new HubException(
                HubErrorKind.Unreachable, $"cannot reach {url.Authority}{way}: {exception.Message}", exception);
        }
    }

    // The status is in no property.
    private static bool IsRefusedTunnel(HttpRequestException exception) =>
        exception.HttpRequestError == HttpRequestError.ProxyTunnelError &&
        exception.Message.Contains("'407'", StringComparison.Ordinal);

    private static HubException Refused(Uri url, NamedProxy? proxy) => new(
        HubErrorKind.ProxyRefused,
        $"cannot reach {url.Authority}: {proxy?.ToString() ?? "the proxy"} " + (proxy?.Proxy.Credential is null
            ? $"asks for a name and password: {proxy?.Variable ?? "https_proxy"}=http://NAME:PASSWORD@HOST:PORT"
            : "does not take the name and password in its address"));

    /// <summary>A proxy that no variable names is the system's own, if it has one.</summary>
    internal static SocketsHttpHandler SocketHandler(HubTransportOptions options, AddressGuard guard) => new()
    {
        ConnectCallback = guard.ConnectAsync,
        Proxy = options.Proxies is { AreSet: true } proxies ? proxies : null,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        Credentials = null,
    };
}

/// <summary>How bytes travel: time, chance, limits. The defaults are those of production.</summary>
public sealed record HubTransportOptions
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers in [0, 1) for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From sending a request to the head of its answer. Commits have their own limit.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a body may stay silent.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the body of an answer of the API may take as a whole.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Bytes a second that a connection has to bring, on average over half a minute: what is slower is broken off and
    /// counts as no progress. A link of 1 MB/s that 1,000 downloads share is faster.
    /// </summary>
    public int LeastRate { get; init; } = 1000;

    /// <summary>The program and its version, first in the <c>User-Agent</c>.</summary>
    public string Program { get; init; } = "finewebtorch";

    /// <summary>Over which the rate is measured: longer than several silences that are allowed.</summary>
    internal TimeSpan PaceWindow => new TimeSpan[] { TimeSpan.FromSeconds(30), 3 * SilenceTimeout }.Max();

    internal bool IsFastEnough(long bytes, TimeSpan time) => bytes >= LeastRate * time.TotalSeconds;

    /// <summary>With <c>HF_HUB_DOWNLOAD_TIMEOUT</c> for the limit on silence.</summary>
    public static HubTransportOptions From(HubEnvironment environment) =>
        new() { SilenceTimeout = environment.DownloadTimeout, Proxies = environment.Proxies };

    /// <summary>Null for what the system says.</summary>
    public ProxyVariables? Proxies { get; init; }

    /// <summary>Gives a name's addresses; null for the system's own way.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>>? LookUp { get; init; }

    /// <summary>Makes the innermost handler; null for a socket handler without redirects and cookies.</summary>
    internal Func<AddressGuard, HttpMessageHandler>? Handler { get; init; }
}

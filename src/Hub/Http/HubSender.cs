using System.Globalization;
using System.Net;

namespace FineWebTorch.Hub;

/// <summary>Sends requests to the Hub's API: token, budget, redirects within the Hub, retries, errors.</summary>
internal sealed class HubSender(HubTransport transport, HubOptions options)
{
    private const int MostRedirects = 10;
    private readonly HubErrors _errors = new(options);
    private readonly HashSet<string> _warnings = [];

    /// <returns>A success, or a redirect to another origin where the request says that it is an answer.</returns>
    /// <exception cref="HubException">Anything else.</exception>
    public async Task<HubAnswer> SendAsync(HubRequest request, CancellationToken cancellationToken)
    {
        if (options.Offline)
            throw Offline(request);
        for (var failures = 1; ; failures++)
        {
            var (answer, error) = await TryAsync(request, cancellationToken).ConfigureAwait(false);
            if (answer is not null && (answer.IsSuccess || (answer.IsRedirect && request.ForeignRedirectIsAnswer)))
                return answer;
            error ??= _errors.Describe(request, answer!);
            var passes = answer is null ? error.MayHaveBeenApplied : RetryPolicy.IsTransient(answer.Status);
            var delay = request.MayRepeat && passes
                ? transport.Options.Retry.NextDelay(failures, RetryHint(answer), transport.Options.Random()) : null;
            if (delay is not { } wait)
                throw error;
            HubLog.TryingAgain(transport.Logger, error.Message, wait.TotalSeconds, failures);
            await Task.Delay(wait, transport.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<T> ReadAsync<T>(HubRequest request, CancellationToken cancellationToken) =>
        (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Read<T>(request);

    /// <summary>The wait that an answer asks for, for callers with a retry rule of their own.</summary>
    public static RetryAnswer? RetryHint(HubAnswer? answer) => answer is null ? null : new RetryAnswer(
        answer.Status,
        int.TryParse(answer.Header("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds) : null,
        RateLimitStatus.Read(answer.Headers) is { Count: > 0 } limits
            ? limits.FirstOrDefault(limit => limit.Remaining == 0) ?? limits[0] : null);

    private static HubException Offline(HubRequest request) => new(
        HubErrorKind.Offline, $"cannot {request.Purpose}: HF_HUB_OFFLINE is set; unset it to use the network")
    {
        Repository = request.Repository,
    };

    private async Task<(HubAnswer? Answer, HubException? Error)> TryAsync(
        HubRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var url = request.Url;
            for (var hops = 0; ; hops++)
            {
                var answer = await OnceAsync(request, url, cancellationToken).ConfigureAwait(false);
                if (!answer.IsRedirect)
                    return (answer, null);
                var target = SignedUrl.Resolve(url, answer.Location!);
                if (!IsHub(target))
                    return (answer, null);
                if (hops == MostRedirects)
                    return (null, new HubException(
                        HubErrorKind.BadAnswer,
                        $"cannot {request.Purpose}: more than {MostRedirects} redirects in a row"));
                url = target;
            }
        }
        catch (HubException exception) when (exception.Kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut)
        {
            return (null, new HubException(
                exception.Kind, $"cannot {request.Purpose}: {exception.Message}", exception.InnerException)
            {
                Repository = request.Repository,
            });
        }
    }

    private async Task<HubAnswer> OnceAsync(HubRequest request, Uri url, CancellationToken cancellationToken)
    {
        await options.Budget.AcquireAsync(request.Bucket, cancellationToken).ConfigureAwait(false);
        using var message = new HttpRequestMessage(request.Method, url) { Content = request.Content?.Invoke() };
        if (options.Token is { } token && SignedUrl.SameOrigin(url, options.Endpoint))
            message.Headers.Authorization = token.Header;
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        message.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", Guid.NewGuid().ToString());
        if (request.Accept is { } accept)
            message.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await transport.SendAsync(message, request.Limit, cancellationToken).ConfigureAwait(false);
        var body = await BodyReader.ReadAllAsync(response, transport, cancellationToken).ConfigureAwait(false);
        var answer = new HubAnswer(response.StatusCode, response.Headers, response.Content.Headers, body, url);
        Note(request.Bucket, answer);
        return answer;
    }

    private void Note(HubBucket asked, HubAnswer answer)
    {
        var refused = answer.Status == HttpStatusCode.TooManyRequests;
        foreach (var limit in RateLimitStatus.Read(answer.Headers))
            options.Budget.Report(limit.Bucket ?? asked, limit.Remaining, limit.Reset);
        if (answer.Header("X-HF-Warning") is not { } warning || refused)
            return;
        var topic = warning.Split(';')[0];
        lock (_warnings)
        {
            if (!_warnings.Add(topic))
                return;
        }
        HubLog.ServerWarning(transport.Logger, SignedUrl.Redact(warning));
    }

    private bool IsHub(Uri url) => SignedUrl.SameOrigin(url, options.Endpoint) ||
        options.MirrorOrigins.Any(origin => SignedUrl.SameOrigin(url, origin));
}

using System.Net;
using FineWebTorch.Common;
using Polly;

namespace FineWebTorch.Hub;

/// <summary>Sends requests to the Hub's API: token, budget, redirects within the Hub, retries, errors.</summary>
internal sealed class HubSender
{
    private const int MostRedirects = 10;
    private const int LongestWarning = 300;
    private readonly HubTransport _transport;
    private readonly HubOptions _options;
    private readonly HubErrors _errors;
    private readonly ResiliencePipeline _retry;
    private readonly HashSet<string> _warnings = [];

    public HubSender(HubTransport transport, HubOptions options)
    {
        _transport = transport;
        _options = options;
        _errors = new HubErrors(options);
        _retry = transport.Options.Retry.Pipeline(transport, RetryPolicy.MayPass, transport.LogRetry);
    }

    /// <returns>A success, or a redirect to another origin where the request says that it is an answer.</returns>
    /// <exception cref="HubException">Anything else.</exception>
    public async Task<HubAnswer> SendAsync(HubRequest request, CancellationToken cancellationToken)
    {
        if (_options.Offline)
            throw Offline(request);
        var retry = request.MayRepeat ? _retry : ResiliencePipeline.Empty;
        return await retry.ExecuteAsync(
            async token => await AttemptAsync(request, token).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task<T> ReadAsync<T>(HubRequest request, CancellationToken cancellationToken) =>
        (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Read<T>(request);

    private static HubException Offline(HubRequest request) => new(
        HubErrorKind.Offline, $"cannot {request.Purpose}: HF_HUB_OFFLINE is set; unset it to use the network")
    {
        Repository = request.Repository,
    };

    private async Task<HubAnswer> AttemptAsync(HubRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await FollowAsync(request, cancellationToken).ConfigureAwait(false);
            return answer.IsSuccess || (answer.IsRedirect && request.ForeignRedirectIsAnswer)
                ? answer
                : throw _errors.Describe(request, answer);
        }
        catch (HubException exception) when (exception.HasNoAnswer)
        {
            throw exception.During(request.Purpose, request.Repository);
        }
    }

    /// <summary>Redirects within the Hub are followed: a renamed repository has one.</summary>
    private async Task<HubAnswer> FollowAsync(HubRequest request, CancellationToken cancellationToken)
    {
        var url = request.Url;
        for (var hops = 0; hops <= MostRedirects; hops++)
        {
            var answer = await OnceAsync(request, url, cancellationToken).ConfigureAwait(false);
            if (!answer.IsRedirect)
                return answer;
            url = SignedUrl.Resolve(url, answer.Location!);
            if (!IsHub(url))
                return answer;
        }

        throw new HubException(
            HubErrorKind.BadAnswer, $"cannot {request.Purpose}: more than {MostRedirects} redirects in a row");
    }

    private async Task<HubAnswer> OnceAsync(HubRequest request, Uri url, CancellationToken cancellationToken)
    {
        await _options.Budget.AcquireAsync(request.Bucket, cancellationToken).ConfigureAwait(false);
        using var message = new HttpRequestMessage(request.Method, url) { Content = request.Content?.Invoke() };
        message.Headers.Authorization = _options.Authorize(url);
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        message.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", Guid.NewGuid().ToString());
        if (request.Accept is { } accept)
            message.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _transport.SendAsync(message, request.Limit, cancellationToken)
            .ConfigureAwait(false);
        var body = await _transport.ReadAllAsync(response, cancellationToken).ConfigureAwait(false);
        var answer = new HubAnswer(response.StatusCode, response.Headers, response.Content.Headers, body, url);
        Note(request.Bucket, answer);
        return answer;
    }

    private void Note(HubBucket asked, HubAnswer answer)
    {
        var refused = answer.Status == HttpStatusCode.TooManyRequests;
        foreach (var limit in RateLimitStatus.Read(answer.Headers))
            _options.Budget.Report(limit.Bucket ?? asked, limit.Remaining, limit.Reset);
        if (answer.Header("X-HF-Warning") is not { } warning || refused)
            return;
        var topic = warning.Split(';')[0];
        lock (_warnings)
        {
            if (!_warnings.Add(topic))
                return;
        }

        HubLog.ServerWarning(_transport.Logger, PlainText.Clean(Redaction.Clean(warning), LongestWarning));
    }

    private bool IsHub(Uri url) => SignedUrl.SameOrigin(url, _options.Endpoint) ||
        _options.MirrorOrigins.Any(origin => SignedUrl.SameOrigin(url, origin));
}

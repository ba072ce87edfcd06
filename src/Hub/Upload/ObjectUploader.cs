using System.Globalization;
using System.Net.Http.Headers;
using Polly;

namespace FineWebTorch.Hub;

/// <summary>Carries a file to the storage by signed addresses. Needs no token and never sends one.</summary>
public sealed class ObjectUploader(HubTransport transport)
{
    private const int MostRenewals = 5;
    private const int PartsAtATime = 5;
    private readonly StoragePut _put = new(transport);
    private long _bytes;

    /// <summary>Bytes sent so far, those sent again included.</summary>
    public long BytesSent => Interlocked.Read(ref _bytes);

    /// <summary>Told of bytes as they are sent, by several threads.</summary>
    public Action<int>? Sent { get; init; }

    /// <summary>Uploads a file unless the storage has it.</summary>
    /// <param name="localPath">Of exactly the object's size.</param>
    /// <param name="renew">Asks for the actions again once they have expired; null where nobody can.</param>
    /// <param name="state">Parts that are there from an earlier attempt; filled as parts arrive.</param>
    /// <returns>The actions that were current at the end; give them to <see cref="HubClient.VerifyAsync"/>.</returns>
    public async Task<UploadActions> UploadAsync(
        string localPath, UploadActions actions, Func<CancellationToken, Task<UploadActions>>? renew = null,
        MultipartState? state = null, CancellationToken cancellationToken = default)
    {
        var length = new FileInfo(localPath).Length;
        if (length != actions.Blob.Size)
            throw new HubException(
                HubErrorKind.WrongContent, $"{localPath} has {length} bytes, announced were {actions.Blob.Size}");
        state ??= new MultipartState();
        for (var renewals = 0; !actions.IsStored; renewals++)
        {
            try
            {
                await SendAsync(localPath, actions, state, cancellationToken).ConfigureAwait(false);
                return actions;
            }
            catch (HubException exception) when (
                renew is not null && renewals < MostRenewals && MayAskAgain(exception, actions))
            {
                HubLog.Renewing(transport.Logger, actions.ToString());
                actions = await renew(cancellationToken).ConfigureAwait(false);
                if (!actions.IsStored && exception.Kind != HubErrorKind.LinkExpired)
                    throw;
            }
        }
        return actions;
    }

    /// <summary>
    /// After an expired address, and after an unclear end of a multipart upload: the answer to its completion may be
    /// lost, and a completion repeated be refused because it had worked.
    /// </summary>
    private static bool MayAskAgain(HubException exception, UploadActions actions) =>
        exception.Kind == HubErrorKind.LinkExpired || actions.IsMultipart;

    private Task SendAsync(
        string path, UploadActions actions, MultipartState state, CancellationToken cancellationToken) =>
        actions.IsMultipart
            ? SendPartsAsync(path, actions, state, cancellationToken)
            : PutAsync(actions.UploadUrl!, path, 0, actions.Blob.Size, cancellationToken);

    private async Task SendPartsAsync(
        string path, UploadActions actions, MultipartState state, CancellationToken cancellationToken)
    {
        state.Continue(actions.MultipartId);
        var missing = Enumerable.Range(1, actions.PartUrls.Count).Where(number => !state.Etags.ContainsKey(number));
        var options =
            new ParallelOptions { MaxDegreeOfParallelism = PartsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(missing, options, async (number, token) =>
        {
            var offset = (number - 1) * actions.ChunkSize!.Value;
            var length = Math.Min(actions.ChunkSize.Value, actions.Blob.Size - offset);
            var etag = await PutAsync(actions.PartUrls[number - 1], path, offset, length, token).ConfigureAwait(false);
            state.Etags[number] = etag ?? throw new HubException(
                HubErrorKind.BadAnswer, string.Create(
                    CultureInfo.InvariantCulture, $"cannot upload {path}: storage gave no ETag for part {number}"));
        }).ConfigureAwait(false);
        var parts = state.Etags.OrderBy(pair => pair.Key)
            .Select(pair => new { partNumber = pair.Key, etag = pair.Value });
        var body = new { oid = actions.Blob.Oid, parts = parts.ToArray() };
        await _put.SendAsync(
            HttpMethod.Post, actions.UploadUrl!, path, () => HubJson.Body(body, HubJson.LfsMediaType),
            cancellationToken).ConfigureAwait(false);
    }

    private Task<string?> PutAsync(
        string url, string path, long offset, long length, CancellationToken cancellationToken) =>
        _put.SendAsync(
            HttpMethod.Put, url, path,
            () => new FileSliceContent(path, offset, length) { Sent = Count },
            cancellationToken);

    private void Count(int sent)
    {
        Interlocked.Add(ref _bytes, sent);
        Sent?.Invoke(sent);
    }
}

/// <summary>One request to a signed storage address, repeated while storage is busy or the connection breaks.</summary>
internal sealed class StoragePut(HubTransport transport)
{
    /// <summary>From this size on storage is asked whether it will take the body before it is sent.</summary>
    private const long AskFirst = 1 << 20;

    private readonly ResiliencePipeline _retry =
        transport.Options.Retry.Pipeline(transport, RetryPolicy.MayPass, transport.LogRetry);

    /// <param name="content">Made anew for every attempt.</param>
    /// <returns>The ETag as the storage wrote it, with its quotes; null where it gave none.</returns>
    /// <exception cref="HubException"><see cref="HubErrorKind.LinkExpired"/> when the address was refused.</exception>
    public async Task<string?> SendAsync(
        HttpMethod method, string url, string path, Func<HttpContent> content, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(
            async token => await OnceAsync(method, SignedUrl.Create(url), path, content(), token)
                .ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);

    private async Task<string?> OnceAsync(
        HttpMethod method, Uri url, string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.ExpectContinue = content.Headers.ContentLength >= AskFirst;
        if (content.Headers.ContentType is { } type)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type.MediaType!));
        try
        {
            using var response = await transport.SendAsync(request, null, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw Refusal(response, url, path);
            return response.Headers.NonValidated.TryGetValues("ETag", out var etag) ? etag.ToString() : null;
        }
        catch (HubException exception) when (exception.HasNoAnswer)
        {
            throw exception.During($"upload {path}");
        }
    }

    /// <summary>The body is not quoted: storage explains a refused signature by repeating it.</summary>
    private static HubException Refusal(HttpResponseMessage response, Uri url, string path)
    {
        var status = (int)response.StatusCode;
        var kind = status switch
        {
            401 or 403 or 410 => HubErrorKind.LinkExpired,
            429 => HubErrorKind.RateLimited,
            408 or >= 500 => HubErrorKind.ServerError,
            _ => HubErrorKind.BadRequest,
        };
        return new HubException(kind, $"cannot upload {path}: {url.Authority} answered HTTP {status}")
        {
            Status = response.StatusCode,
            Hint = RetryHint.Read(response.StatusCode, response.Headers),
        };
    }
}

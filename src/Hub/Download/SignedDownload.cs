namespace FineWebTorch.Hub;

/// <summary>Where the bytes of a file can be fetched for a while. Whoever holds it can read the file.</summary>
/// <param name="Url">To be used byte for byte.</param>
/// <param name="Expires">Null where the address does not say.</param>
/// <param name="NeedsToken">
/// The endpoint itself serves the file (plain files of private repositories): only a machine with the token can fetch
/// it.
/// </param>
public sealed record SignedDownload(string Url, DateTimeOffset? Expires, bool NeedsToken)
{
    /// <summary>Without the query string.</summary>
    public override string ToString() => SignedUrl.Redact(SignedUrl.Create(Url));
}

/// <summary>What a resolve request found out.</summary>
public sealed record ResolvedFile(RemoteFile File, SignedDownload Download);

/// <summary>The current address of a file, renewed once for all readers that find it expired.</summary>
internal sealed class DownloadLink(
    SignedDownload first, Func<CancellationToken, Task<SignedDownload>>? renew, HubTransport transport) : IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _one = new(1);
    private volatile SignedDownload _current = first;

    /// <summary>The address to use now; one that is about to expire is renewed first.</summary>
    public async ValueTask<SignedDownload> GetAsync(CancellationToken cancellationToken)
    {
        var current = _current;
        var expiring = current.Expires is { } end && end - transport.Time.GetUtcNow() < Margin;
        return expiring && renew is not null ? await RenewAsync(current, cancellationToken).ConfigureAwait(false)
            : current;
    }

    /// <param name="refused">
    /// The address that failed; where another reader has renewed it meanwhile, nothing is asked.
    /// </param>
    public async Task<SignedDownload> RenewAsync(SignedDownload refused, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(_current, refused))
                return _current;
            if (renew is null)
                throw new HubException(
                    HubErrorKind.LinkExpired, $"the signed link to {refused} was refused and cannot be renewed here");
            HubLog.Renewing(transport.Logger, refused.ToString());
            return _current = await renew(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}

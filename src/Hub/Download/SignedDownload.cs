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

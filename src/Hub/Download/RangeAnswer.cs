namespace FineWebTorch.Hub;

/// <summary>The body of an answer to a range request.</summary>
/// <param name="SkipBytes">Bytes before the wanted range: the server sent the file from its start.</param>
internal sealed record RangeAnswer(HttpResponseMessage Response, Stream Body, string Authority, long SkipBytes)
    : IDisposable
{
    public void Dispose()
    {
        Body.Dispose();
        Response.Dispose();
    }
}

/// <summary>An answer other than the bytes.</summary>
/// <param name="expired">The address that may be renewed; null where that would not help.</param>
internal sealed class RangeRefusedException(HubException error, RetryAnswer? hint, SignedDownload? expired) : Exception
{
    public HubException Error { get; } = error;

    public RetryAnswer? Hint { get; } = hint;

    public SignedDownload? Expired { get; } = expired;
}

/// <summary>The server sends the whole file for a range that starts far inside it.</summary>
public sealed class RangeIgnoredException(RemoteFile file)
    : IOException($"{file}: the server sends nothing but the whole file")
{
    public RemoteFile File { get; } = file;
}

using System.Net;

namespace FineWebTorch.Hub;

/// <summary>
/// A request to the Hub that failed for good. The message is one line and holds neither token nor signed URL.
/// </summary>
public sealed class HubException(HubErrorKind kind, string message, Exception? inner = null)
    : IOException(message, inner)
{
    public HubErrorKind Kind { get; } = kind;

    /// <summary>Null where no answer came.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The header <c>X-Error-Code</c>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The header <c>X-Request-Id</c>, by which the Hub's staff find the request.</summary>
    public string? RequestId { get; init; }

    public HubRepository? Repository { get; init; }

    /// <summary>The commit that an <see cref="HubErrorKind.EntryNotFound"/> answer was about.</summary>
    public string? Commit { get; init; }

    /// <summary>When to try again, in the server's words.</summary>
    internal RetryAnswer? Hint { get; init; }

    /// <summary>
    /// Whether the server may have carried the request out all the same: the answer got lost or spoke of a fault of its
    /// own.
    /// </summary>
    public bool MayHaveBeenApplied =>
        Kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut or HubErrorKind.ServerError;
}

using System.Net;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// A request to the Hub that failed for good. The message is one line and holds neither token nor signed URL, whoever
/// wrote it.
/// </summary>
public sealed class HubException(HubErrorKind kind, string message, Exception? inner = null)
    : IOException(Redaction.Clean(message), inner)
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
    internal RetryHint? Hint { get; init; }

    /// <summary>
    /// Whether the server may have carried the request out all the same: the answer got lost or spoke of a fault of its
    /// own.
    /// </summary>
    public bool MayHaveBeenApplied => HasNoAnswer || Kind == HubErrorKind.ServerError;

    /// <summary>The connection failed before there was an answer, or in the middle of one.</summary>
    internal bool HasNoAnswer => Kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut;

    /// <summary>A failure of the connection, of which the transport knows no more than the host.</summary>
    /// <param name="purpose">What the connection was for.</param>
    internal HubException During(string purpose, HubRepository? repository = null) =>
        new(Kind, $"cannot {purpose}: {Message}", InnerException) { Repository = repository };

    /// <summary>The same failure, with what was tried before in front.</summary>
    internal HubException After(string trial) => new(Kind, $"{trial}: {Message}", this)
    {
        Status = Status,
        ErrorCode = ErrorCode,
        RequestId = RequestId,
        Repository = Repository,
        Commit = Commit,
    };
}

/// <summary>Whose fault a failure is and what would help.</summary>
public enum HubErrorKind
{
    /// <summary>The offline switch is on and the cache does not hold what was asked for.</summary>
    Offline,

    /// <summary>No connection, or it broke more often than is tried again.</summary>
    Unreachable,

    /// <summary>No answer, or no further byte, within the time limit.</summary>
    TimedOut,

    /// <summary>The Hub or its storage named an address that has no business with either; see <see cref="AddressGuard"/>.
    /// </summary>
    ForbiddenAddress,

    /// <summary>The proxy wants another name and password.</summary>
    ProxyRefused,

    /// <summary>The token was refused, or none was sent where one is needed.</summary>
    Unauthorized,

    /// <summary>The token lacks the right.</summary>
    Forbidden,

    /// <summary>The repository's terms have to be accepted first.</summary>
    Gated,

    /// <summary>The Hub has shut the repository.</summary>
    Disabled,

    PaymentRequired,

    /// <summary>Missing, or private and not visible to the token: the Hub does not tell these apart.</summary>
    RepositoryNotFound,
    RevisionNotFound,
    EntryNotFound,

    /// <summary>404 without a word on what is missing.</summary>
    NotFound,
    BadRequest,

    /// <summary>409: it exists, or another operation is in progress.</summary>
    Conflict,

    /// <summary>412: the branch has moved.</summary>
    PreconditionFailed,
    TooLarge,
    RateLimited,
    ServerError,

    /// <summary>A signed link has expired and cannot be renewed.</summary>
    LinkExpired,

    /// <summary>An answer that breaks the protocol.</summary>
    BadAnswer,

    /// <summary>The bytes received do not have the promised size or digest.</summary>
    WrongContent,

    /// <summary>The disk has too little room.</summary>
    DiskFull,
}

namespace Grpc.Core;

/// <summary>The outcome of a call, numbered as on the wire.</summary>
public enum StatusCode
{
    OK = 0,
    /// <summary>Given up, usually by the caller.</summary>
    Cancelled = 1,
    /// <summary>An error that says nothing about itself, such as an unhandled exception of a handler.</summary>
    Unknown = 2,
    /// <summary>The request is wrong, whatever the state of the server.</summary>
    InvalidArgument = 3,
    /// <summary>Too late; the work may have been done all the same.</summary>
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    /// <summary>A quota, disk or message size limit is exhausted.</summary>
    ResourceExhausted = 8,
    /// <summary>The request would be right in another state of the server.</summary>
    FailedPrecondition = 9,
    /// <summary>A conflict with another call; start over at a higher level.</summary>
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    /// <summary>A broken invariant, such as a malformed message.</summary>
    Internal = 13,
    /// <summary>Not reachable now; the call may be tried again.</summary>
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

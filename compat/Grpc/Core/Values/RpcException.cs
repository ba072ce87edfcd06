namespace Grpc.Core;

/// <summary>
/// A call that did not end with OK. Thrown by a client's call, and by a handler to end its call with that status.
/// </summary>
public class RpcException : Exception
{
    public RpcException(Status status)
        : this(status, status.ToString(), Metadata.Empty)
    {
    }

    public RpcException(Status status, string message)
        : this(status, message, Metadata.Empty)
    {
    }

    public RpcException(Status status, Metadata trailers)
        : this(status, status.ToString(), trailers)
    {
    }

    public RpcException(Status status, Metadata trailers, string message)
        : this(status, message, trailers)
    {
    }

    private RpcException(Status status, string message, Metadata trailers)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    public Status Status { get; }

    public StatusCode StatusCode => Status.StatusCode;

    public Metadata Trailers { get; }
}

namespace Grpc.Core;

/// <summary>The messages that the peer streams.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> found.</summary>
    T Current { get; }

    /// <summary>Waits for the next message; false at the end of the stream. One call at a time.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

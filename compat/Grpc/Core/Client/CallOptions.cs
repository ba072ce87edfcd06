using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>What a client says about one call.</summary>
/// <param name="headers">Sent with the request.</param>
/// <param name="deadline">UTC; the call fails with DEADLINE_EXCEEDED when it is over.</param>
/// <param name="cancellationToken">Gives the call up.</param>
/// <param name="writeOptions">Where the stream's writer has none of its own.</param>
/// <param name="propagationToken">Not used.</param>
[SuppressMessage("Design", "CA1068", Justification = "Generated code passes the first three by position.")]
public readonly struct CallOptions(
    Metadata? headers = null,
    DateTime? deadline = null,
    CancellationToken cancellationToken = default,
    WriteOptions? writeOptions = null,
    ContextPropagationToken? propagationToken = null)
{
    public Metadata? Headers { get; private init; } = headers;

    public DateTime? Deadline { get; private init; } = deadline;

    public CancellationToken CancellationToken { get; private init; } = cancellationToken;

    public WriteOptions? WriteOptions { get; private init; } = writeOptions;

    public ContextPropagationToken? PropagationToken { get; } = propagationToken;

    /// <summary>Wait for a connection instead of failing with UNAVAILABLE.</summary>
    public bool IsWaitForReady { get; private init; }

    public CallOptions WithHeaders(Metadata headers) => this with { Headers = headers };

    public CallOptions WithDeadline(DateTime deadline) => this with { Deadline = deadline };

    public CallOptions WithCancellationToken(CancellationToken cancellationToken) =>
        this with { CancellationToken = cancellationToken };

    public CallOptions WithWriteOptions(WriteOptions writeOptions) => this with { WriteOptions = writeOptions };

    public CallOptions WithWaitForReady(bool waitForReady = true) => this with { IsWaitForReady = waitForReady };
}

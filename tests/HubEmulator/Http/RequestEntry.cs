namespace FineWebTorch.HubEmulator;

/// <summary>A request that was received. Query strings are not kept.</summary>
/// <param name="Kind">See <see cref="RequestKind"/>.</param>
/// <param name="IsData">Received by the storage, not by the Hub.</param>
public sealed record RequestEntry(string Kind, bool IsData, string Method, string Path)
{
    public bool HasAuthorization { get; init; }

    public bool HasCookie { get; init; }

    public string? Range { get; init; }

    public string? AcceptEncoding { get; init; }

    public long? ContentLength { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>
    /// Without its question mark, for the Hub's own routes; empty for the storage's, where it is a credential.
    /// </summary>
    public string Query { get; init; } = "";

    /// <summary>Of an object that is sent: the storage had all of it already.</summary>
    public bool IsRepeated { get; init; }

    public int Status { get; set; }
}

using System.Text.Json.Serialization;

namespace FineWebTorch.HubEmulator;

/// <summary>Something that goes wrong. The first fault of the plan that fits a request happens to it.</summary>
public sealed record Fault
{
    /// <summary>One of <see cref="RequestKind"/>; null fits all but control requests.</summary>
    public string? Kind { get; init; }

    public string? Method { get; init; }

    public string? PathContains { get; init; }

    /// <summary>Fits only requests for a range that begins at this byte.</summary>
    public long? RangeStart { get; init; }

    /// <summary>Requests that fit and are let pass first.</summary>
    public int Skip { get; init; }

    /// <summary>How often it happens.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Answer with this instead of handling the request.</summary>
    public int? Status { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>JSON, or HTML where it begins so.</summary>
    public string? Body { get; init; }

    /// <summary>Handle the request first; then answer with <see cref="Status"/>, or close the connection.</summary>
    public bool ApplyFirst { get; init; }

    /// <summary>Reset the connection: without an answer, or where <see cref="CutAfter"/> says.</summary>
    public bool Reset { get; init; }

    /// <summary>Close the connection after this many bytes of the body.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Send other bytes, as many as the right ones.</summary>
    public bool WrongBytes { get; init; }

    /// <summary>Fall silent after the first bytes of the body, until the client goes away.</summary>
    public bool Stall { get; init; }

    /// <summary>Read this many bytes of the request's body and no more, until the client goes away.</summary>
    public long? StopReadingAt { get; init; }

    /// <summary>
    /// Handle the request once this has ended; with <see cref="ApplyFirst"/>, answer it then. Where the client goes
    /// away before, it never happens.
    /// </summary>
    [JsonIgnore]
    public Task? Until { get; init; }

    /// <summary>
    /// Set once the request waits: its answer has fallen silent, its body is not read, or it is held back.
    /// </summary>
    [JsonIgnore]
    public TaskCompletionSource? Reached { get; init; }

    /// <summary>Set once the request has had its answer.</summary>
    [JsonIgnore]
    public TaskCompletionSource? Answered { get; init; }

    /// <summary>Send the body at this speed.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>Send the whole file whatever range was asked for.</summary>
    public bool IgnoreRange { get; init; }

    /// <summary>Headers of the real answer to replace; an empty value removes one.</summary>
    public IReadOnlyDictionary<string, string> ReplaceHeaders { get; init; } = new Dictionary<string, string>();
}

using System.Text.Json.Serialization;

namespace FineWebTorch.HubEmulator;

/// <summary>Faults that are still to happen, in order.</summary>
public sealed class FaultPlan
{
    private readonly Lock _lock = new();
    private readonly List<Planned> _plan = [];

    public void Add(Fault fault)
    {
        lock (_lock)
            _plan.Add(new Planned(fault));
    }

    public void Clear()
    {
        lock (_lock)
            _plan.Clear();
    }

    /// <summary>Faults that have not happened as often as they should.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _plan.Count;
        }
    }

    internal Fault? Take(RequestEntry request)
    {
        if (request.Kind == RequestKind.Control)
            return null;
        lock (_lock)
        {
            var planned = _plan.Find(one => Fits(one.Fault, request) && one.Skip-- <= 0);
            if (planned is not null && --planned.Times <= 0)
                _plan.Remove(planned);
            return planned?.Fault;
        }
    }

    private static bool Fits(Fault fault, RequestEntry request) =>
        (fault.Kind is null || fault.Kind == request.Kind) &&
        (fault.Method is null || fault.Method == request.Method) &&
        (fault.RangeStart is null ||
            request.Range?.StartsWith($"bytes={fault.RangeStart}-", StringComparison.Ordinal) == true) &&
        (fault.PathContains is null || request.Path.Contains(fault.PathContains, StringComparison.Ordinal));

    private sealed class Planned(Fault fault)
    {
        public Fault Fault { get; } = fault;

        public int Skip { get; set; } = fault.Skip;

        public int Times { get; set; } = fault.Times;
    }
}

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

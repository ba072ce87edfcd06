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

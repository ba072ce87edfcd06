using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Bench.Fleet;

/// <summary>What a simulated run has cost and seen.</summary>
internal sealed class FleetFigures
{
    private readonly List<(float Wall, float Cpu)> _grants = [];
    private readonly Dictionary<string, int> _events = [];

    /// <summary>Of all threads while commands were handled, the ledger's commits included.</summary>
    public TimeSpan Cpu { get; set; }

    public long Commands { get; set; }

    /// <summary>Bytes of the process, looked at once in a simulated second; the simulated workers are in it.</summary>
    public long PeakMemory { get; private set; }

    public int Grants => _grants.Count;

    /// <summary>Things that befell workers, by kind.</summary>
    public Dictionary<Mishap, int> Mishaps { get; } = Enum.GetValues<Mishap>().ToDictionary(kind => kind, _ => 0);

    public IReadOnlyDictionary<string, int> Events => _events;

    /// <param name="wall">Seconds from the beginning of the tick to the message that holds the lease.</param>
    /// <param name="cpu">The same without waiting for the disk or for a core.</param>
    public void NoteGrant(double wall, double cpu) => _grants.Add(((float)wall, (float)cpu));

    public void Note(IEnumerable<RunEvent> events)
    {
        foreach (var happened in events)
            _events[happened.GetType().Name] = _events.GetValueOrDefault(happened.GetType().Name) + 1;
    }

    /// <summary>Seconds that a share of all grants took at most; 0 where there was none.</summary>
    /// <param name="share">0.5 for the median.</param>
    public (double Wall, double Cpu) GrantQuantile(double share)
    {
        if (_grants.Count == 0)
            return (0, 0);
        var place = (int)Math.Min(_grants.Count - 1, share * _grants.Count);
        return (_grants.Select(grant => grant.Wall).Order().ElementAt(place),
            _grants.Select(grant => grant.Cpu).Order().ElementAt(place));
    }

    public void NoteMemory() => PeakMemory = Math.Max(PeakMemory, Environment.WorkingSet);

    /// <summary>Only what comes from now on counts.</summary>
    public void Clear()
    {
        _grants.Clear();
        (Cpu, Commands) = (TimeSpan.Zero, 0);
    }
}

/// <summary>What befalls a worker.</summary>
internal enum Mishap
{
    /// <summary>It is killed; another comes in its place later.</summary>
    Killed,

    /// <summary>It gives everything back and leaves; another comes in its place later.</summary>
    Leaves,

    /// <summary>It loses its connection and comes back for what it holds.</summary>
    Disconnected,

    /// <summary>It says nothing for longer than the time-out, and then comes back.</summary>
    Hangs,

    /// <summary>Its machine fails it at a lease, which is not the file's fault.</summary>
    Fails,
}

namespace FineWebTorch.Worker.Devices;

/// <summary>
/// How many batches a device is given at once. The device computes one after another; the others make sure that it has
/// the next one when the host is held up. Chosen by the first batches of a run, lowered when memory runs out.
/// </summary>
internal sealed class BatchesInFlight
{
    private const int Most = 8, Samples = 8;

    /// <summary>What may hold up a host thread: a garbage collection, other processes on the machine.</summary>
    private static readonly TimeSpan HoldUp = TimeSpan.FromMilliseconds(50);

    private readonly List<(TimeSpan Host, TimeSpan Device)> _measured = [];
    private readonly Lock _lock = new();
    private readonly Action<Choice> _remember;
    private readonly bool _isFixed;
    private Choice _choice;

    /// <param name="start">What was remembered of this device and model, or <see cref="Choice.First"/>.</param>
    /// <param name="remember">Called when the choice changes.</param>
    public BatchesInFlight(Choice start, Action<Choice> remember)
    {
        _choice = start;
        _remember = remember;
    }

    private BatchesInFlight(int batches)
    {
        (_choice, _remember, _isFixed) = (new Choice(batches, batches), _ => { }, true);
    }

    /// <summary>For a device that computes while it is called.</summary>
    public static BatchesInFlight One { get; } = Always(1);

    /// <summary>A number that nothing changes.</summary>
    public static BatchesInFlight Always(int batches) => new(batches);

    public int Current
    {
        get
        {
            lock (_lock)
                return _choice.Batches;
        }
    }

    /// <summary>Takes the times of one of the first batches.</summary>
    /// <param name="host">Until the device had been given the batch.</param>
    /// <param name="device">From then on, or from the end of the batch before, until it was done.</param>
    public void Measured(TimeSpan host, TimeSpan device)
    {
        lock (_lock)
        {
            if (_isFixed || _measured.Count == Samples)
                return;
            _measured.Add((host, device));
            if (_measured.Count == Samples)
                Change(_choice with { Batches = Math.Min(Needed(), _choice.Limit) });
        }
    }

    /// <summary>The device had no memory for one more.</summary>
    /// <param name="held">Batches that it had.</param>
    public void Exhausted(int held)
    {
        lock (_lock)
        {
            var limit = Math.Clamp(held, 1, _choice.Limit);
            if (!_isFixed)
                Change(new Choice(Math.Min(_choice.Batches, limit), limit));
        }
    }

    /// <summary>One that runs, and enough for the time in which none comes after it.</summary>
    private int Needed()
    {
        // The first batches are slower than all that follow; the median does not see them.
        var host = Median(_measured.Select(one => one.Host));
        var device = Median(_measured.Select(one => one.Device));
        if (device <= TimeSpan.Zero)
            return Most;
        return (int)Math.Clamp(1 + Math.Ceiling((host + HoldUp) / device), 2, Most);
    }

    private static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ElementAt(Samples / 2);

    private void Change(Choice choice)
    {
        if (choice == _choice)
            return;
        _choice = choice;
        _remember(choice);
    }

    /// <summary>A choice that can be remembered.</summary>
    /// <param name="Limit">The most that memory has been enough for.</param>
    internal sealed record Choice(int Batches, int Limit)
    {
        /// <summary>Before anything is known: one computes, one waits.</summary>
        public static Choice First { get; } = new(2, Most);

        /// <summary>Whether it can be used.</summary>
        public bool IsSound => Batches >= 1 && Batches <= Limit && Limit <= Most;
    }
}

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// How long one kind of work takes, by what was seen lately: the older it is, the less it counts, and beyond some
/// minutes of such work hardly at all.
/// </summary>
/// <param name="fleet">
/// That of all workers: it learns what this one does, and stands in where this one has shown too little.
/// </param>
internal sealed class Pace(Pace? fleet = null)
{
    /// <summary>Seconds of such work.</summary>
    private const double Memory = 300;

    private double _amount, _seconds, _pieces;

    /// <summary>Amount a second; 0 while nothing is known.</summary>
    public double PerSecond => _seconds > 0 ? _amount / _seconds : 0;

    /// <summary>Amount and seconds of a piece on average, as they came; null while nothing is known.</summary>
    public (double Amount, double Seconds)? Piece =>
        _pieces > 0 ? (_amount / _pieces, _seconds / _pieces) : fleet?.Piece;

    public void Note(double amount, double seconds)
    {
        var kept = Math.Exp(-seconds / Memory);
        _amount = (_amount * kept) + amount;
        _seconds = (_seconds * kept) + seconds;
        _pieces = (_pieces * kept) + (seconds > 0 ? 1 : 0);
        fleet?.Note(amount, seconds);
    }

    /// <summary>Seconds for so much of it; null while nothing is known.</summary>
    /// <param name="evidence">What was seen of one worker counts from this amount on.</param>
    public double? SecondsFor(double amount, double evidence = 0) =>
        _seconds > 0 && (_amount >= evidence || fleet is null) ? amount * _seconds / _amount
        : fleet?.SecondsFor(amount) ?? (_seconds > 0 ? amount * _seconds / _amount : null);
}

/// <summary>What a worker's time goes into, or that of all workers.</summary>
internal sealed class Paces(Paces? fleet = null)
{
    /// <summary>Rows.</summary>
    public Pace Scoring { get; } = new(fleet?.Scoring);

    /// <summary>Bytes of inputs, from the lease to the open file.</summary>
    public Pace Fetching { get; } = new(fleet?.Fetching);

    /// <summary>Bytes of inputs, from the lease to the shard that was handed over.</summary>
    public Pace Building { get; } = new(fleet?.Building);
}

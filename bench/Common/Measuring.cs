using System.Diagnostics;

namespace FineWebTorch.Bench;

/// <summary>One of the things that are measured by turns, and what was measured of it.</summary>
/// <param name="name">As the table shows it.</param>
/// <param name="measure">Runs it once and returns the measurement: seconds, or a rate.</param>
public sealed class Series(string name, Func<double> measure)
{
    private readonly List<double> _values = [];

    public string Name => name;

    public IReadOnlyList<double> Values => _values;

    public Statistics Statistics => Statistics.Of(_values);

    /// <summary>Median of what <paramref name="derive"/> makes of each value, such as a rate of seconds.</summary>
    public Statistics Derived(Func<double, double> derive) => Statistics.Of(_values.Select(derive));

    /// <summary>
    /// Measures all of them by turns (a, b, a, b, …), so that a change of the machine's speed meets all alike. One
    /// turn before the first warms up and does not count.
    /// </summary>
    public static void Interleave(int rounds, params IReadOnlyCollection<Series> series)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        foreach (var one in series)
            one.Measure();
        for (var round = 0; round < rounds; round++)
            foreach (var one in series)
                one._values.Add(one.Measure());
    }

    /// <summary>Median over the rounds of this value divided by the other's of the same round.</summary>
    /// <exception cref="ArgumentException">The two were not measured in the same rounds.</exception>
    public double RatioTo(Series other)
    {
        if (other.Values.Count != Values.Count)
            throw new ArgumentException($"{other.Name} was not measured beside {Name}", nameof(other));
        return Statistics.Of(Values.Zip(other.Values, (mine, theirs) => mine / theirs)).Median;
    }

    private double Measure() => measure();
}

/// <summary>What a row shows of a series of measurements.</summary>
/// <param name="Median">The middle one, or the mean of the middle two.</param>
public readonly record struct Statistics(double Median, double Least, double Most, int Count)
{
    /// <exception cref="ArgumentException">There is no measurement.</exception>
    public static Statistics Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        if (sorted.Count == 0)
            throw new ArgumentException("nothing was measured", nameof(values));
        var median = (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        return new Statistics(median, sorted[0], sorted[^1], sorted.Count);
    }
}

public static class Clock
{
    /// <returns>Seconds by the clock on the wall.</returns>
    public static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

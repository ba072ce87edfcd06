namespace FineWebTorch.Bench;

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

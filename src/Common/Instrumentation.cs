using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FineWebTorch.Common;

/// <summary>
/// What a program counts and times of itself, and the way of a lease through both programs. Nothing is kept, and next to
/// nothing is spent, while nobody listens. docs/metrics.md has all instruments.
/// </summary>
public static class Instrumentation
{
    /// <summary>Of the meter and of the source of traces.</summary>
    public const string Name = "FineWebTorch";

    /// <summary>Instruments of the whole process. What belongs to one run has a meter of the same name beside it.
    /// </summary>
    public static Meter Meter { get; } = new(Name, ProgramVersion.Current);

    public static ActivitySource Traces { get; } = new(Name, ProgramVersion.Current);

    /// <summary>A histogram of seconds.</summary>
    /// <param name="boundaries">Rising.</param>
    public static Histogram<double> Seconds(string name, string description, params double[] boundaries) =>
        Meter.CreateHistogram(
            name, "s", description, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });

    /// <summary>Scores that have come in, in steps of a half.</summary>
    private static readonly Histogram<double> Scores = Meter.CreateHistogram(
        "fineweb.score", unit: null, "Scores since this process was started.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5] });

    /// <param name="scores">Those of rows that cannot be scored are left out.</param>
    public static void Scored(IReadOnlyList<float> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (!Scores.Enabled)
            return;
        foreach (var score in scores)
        {
            if (float.IsFinite(score))
                Scores.Record(score);
        }
    }

    /// <summary>Begins a trace: a span that is part of no other.</summary>
    /// <inheritdoc cref="Begin"/>
    public static Activity? BeginTrace(string name) => Traces.HasListeners() ? Start(name, default) : null;

    /// <summary>Begins a part of a span. It is not the present one of its thread: it may end on another.</summary>
    /// <param name="parent">Perhaps in the other program; none: there is nothing that it would be a part of.</param>
    /// <returns>Null where nobody wants it. Ends when it is disposed of.</returns>
    public static Activity? Begin(string name, ActivityContext parent) =>
        Traces.HasListeners() && parent != default ? Start(name, parent) : null;

    /// <summary>Marks a span as failed.</summary>
    public static void Fail(this Activity? span, string reason) => span?.SetStatus(ActivityStatusCode.Error, reason);

    private static Activity? Start(string name, ActivityContext parent)
    {
        var present = Activity.Current;
        // Without a parent it would be a part of the present one.
        Activity.Current = null;
        var begun = Traces.StartActivity(name, ActivityKind.Internal, parent);
        Activity.Current = present;
        return begun;
    }
}

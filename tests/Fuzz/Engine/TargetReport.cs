using System.Globalization;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>What came of a target.</summary>
/// <param name="Slowest">Microseconds of one input.</param>
/// <param name="MostAllocated">Bytes of one input.</param>
/// <param name="Peak">Bytes of its process.</param>
internal sealed record TargetReport(
    string Target, long Inputs, TimeSpan Time, long Edges, long Kept, long Slowest, long MostAllocated, long Peak,
    int Findings)
{
    public static string Heading =>
        "| target | inputs | inputs/s | edges | kept | slowest, ms | most allocated, MB | peak of the process, MB | " +
        "findings |\n" +
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Target} | {Inputs} | {Inputs / Time.TotalSeconds:F0} | {Edges} | {Kept} | {Slowest / 1e3:F1} | " +
        $"{MostAllocated / 1e6:F1} | {Peak / 1e6:F0} | {Findings} |");
}

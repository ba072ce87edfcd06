using System.Globalization;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>
/// How often each row of the fault matrix is tried, from which random numbers, and what came of it. Variables:
/// FINEWEB_SOAK says how often (<c>build/test --soak</c> gives 20), FINEWEB_SEED which numbers; a failure prints its
/// own.
/// </summary>
internal static class Soak
{
    private const int Usual = 2;
    private static readonly Lock Writing = new();

    /// <summary>Numbers of the attempts, from 1.</summary>
    public static TheoryData<int> Attempts { get; } = [.. Enumerable.Range(1, Number("FINEWEB_SOAK") ?? Usual)];

    /// <summary>Of this process, unless one is given.</summary>
    public static int Seed { get; } = Number("FINEWEB_SEED") ?? Random.Shared.Next();

    /// <summary>The same numbers for the same seed, whatever else runs and in whatever order.</summary>
    public static Random RandomOf(string fault, int attempt)
    {
        var hash = 17;
        foreach (var one in $"{fault}/{attempt}/{Seed}")
            hash = unchecked((hash * 31) + one);
        return new Random(hash);
    }

    /// <summary>Keeps what an attempt has cost, for the table that <c>build/test --soak</c> prints.</summary>
    public static void Record(string fault, TimeSpan took, long rowsLost, TimeSpan workLost)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture, $"{fault}\t{took.TotalSeconds:F1}\t{rowsLost}\t{workLost.TotalSeconds:F2}\n");
        var folder = Directory.CreateDirectory(Path.Combine(TestData.RepositoryRoot, "artifacts", "test")).FullName;
        lock (Writing)
            File.AppendAllText(Path.Combine(folder, "fault-matrix.tsv"), line);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

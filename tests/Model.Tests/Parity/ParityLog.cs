using System.Globalization;

namespace FineWebTorch.Model.Tests.Parity;

/// <summary>Keeps the largest differences of a run in <c>artifacts/parity.txt</c>, a line a model.</summary>
internal static class ParityLog
{
    private static readonly SortedDictionary<string, string> Lines = new(StringComparer.Ordinal);

    public static string Add(string model, int texts, double fromScore, double? fromPrecise)
    {
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{model,-22} {texts,4} texts   from fp32 reference {fromScore:0.0e+00}");
        if (fromPrecise is { } precise)
            line += string.Create(CultureInfo.InvariantCulture, $"   from float64 {precise:0.0e+00}");
        lock (Lines)
        {
            Lines[model] = line;
            var path = Path.Combine(TestData.RepositoryRoot, "artifacts", "parity.txt");
            File.WriteAllLines(path, Lines.Values);
        }
        return line;
    }
}

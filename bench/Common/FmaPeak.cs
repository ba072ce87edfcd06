using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FineWebTorch.Cli;

namespace FineWebTorch.Bench;

/// <summary>The most that the processor can do, by the program in bench/FmaPeak.</summary>
public static class FmaPeak
{
    private const string Program = "artifacts/native/fma-peak";

    /// <summary>Measures once.</summary>
    /// <returns>GFLOP/s by instruction set: "avx2", "avx512", "avx512_bf16", "amx_bf16", of those there are.</returns>
    public static IReadOnlyDictionary<string, double> Measure(int threads)
    {
        if (!File.Exists(Program))
            throw new UserErrorException($"{Program} is not there: run build/bench");
        var start = new ProcessStartInfo(Program, [threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return JsonSerializer.Deserialize<Dictionary<string, double>>(text)!;
    }

    /// <summary>The best of the sets that compute in this type.</summary>
    public static double Best(IReadOnlyDictionary<string, double> peaks, bool bf16) => peaks
        .Where(peak => peak.Key.EndsWith("_bf16", StringComparison.Ordinal) == bf16)
        .Select(peak => peak.Value)
        .DefaultIfEmpty(0)
        .Max();
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FineWebTorch.Common;

namespace FineWebTorch.Bench;

/// <summary>The machine in one line, for whoever reads the numbers later.</summary>
public static class Machine
{
    private static readonly string[] Telling = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"];

    public static string Describe()
    {
        var (model, flags) = Processor();
        var sets = string.Join(" ", Telling.Where(flags.Contains));
        var now = string.Create(
            CultureInfo.InvariantCulture, $"load {Load():0.0} at the end, {DateTime.UtcNow:yyyy-MM-dd}");
        return $"{model}, {Environment.ProcessorCount} cores ({sets}), {RuntimeInformation.OSDescription}, {now}";
    }

    /// <summary>Whether the processor says it has an instruction set, by the name Linux gives it.</summary>
    public static bool Has(string instructionSet) => Processor().Flags.Contains(instructionSet);

    /// <summary>Processes that wanted a core in the last minute; beyond the number of cores, speeds mean little.</summary>
    private static double Load() => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : 0;

    private static (string Model, HashSet<string> Flags) Processor()
    {
        var lines = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
        string Value(string key) =>
            lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "";
        var model = Value("model name");
        return (model.Length > 0 ? model : $"{RuntimeInformation.ProcessArchitecture}", [.. Value("flags").Split(' ')]);
    }
}

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

/// <summary>
/// Floating-point operations of a BERT encoder whose feed-forward part is four times as wide as its hidden state;
/// a multiplication and an addition are two. Softmax, LayerNorm and GELU are left out, as is usual.
/// </summary>
/// <param name="layers">Number of layers L.</param>
/// <param name="hidden">Width H.</param>
public sealed class BertFlops(int layers, int hidden)
{
    /// <summary>Every layer whole: L(24 n H² + 4 n² H). Rates by this number compare programs.</summary>
    /// <param name="tokens">Of one document.</param>
    public double Nominal(double tokens) => layers * Layer(tokens);

    /// <summary>
    /// What the score needs: the last layer computes keys and values of all tokens, and the rest for the first token
    /// alone. Rates by this number say how near to a limit a program is.
    /// </summary>
    /// <param name="tokens">Of one document.</param>
    public double Needed(double tokens)
    {
        double h = hidden;
        return (layers - 1) * Layer(tokens) + 4 * tokens * h * h + 20 * h * h + 4 * tokens * h;
    }

    public double Nominal(IEnumerable<int> lengths) => lengths.Sum(length => Nominal(length));

    public double Needed(IEnumerable<int> lengths) => lengths.Sum(length => Needed(length));

    private double Layer(double tokens) => 24 * tokens * hidden * hidden + 4 * tokens * tokens * hidden;
}

using System.Globalization;
using System.Runtime.InteropServices;

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

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FineWebTorch.Bench;

namespace FineWebTorch.GpuSpeed;

/// <summary>transformers in Python, by bench/peers/transformers_peer.py: a process each time.</summary>
internal sealed class PythonPeer(GpuOptions options, string file)
{
    /// <summary>Null where it can run; else why not, in one line.</summary>
    public static string? WhyNot()
    {
        try
        {
            const string probe = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and "
                + "u.find_spec('transformers')))";
            using var process = Start(["-c", probe]);
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "python3 has no torch and transformers";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "python3 is not installed";
        }
    }

    /// <param name="mode">"blog" or "tuned".</param>
    /// <returns>Seconds from texts in memory to scores in memory.</returns>
    public double Score(string mode) => Run(
        ["--mode", mode, "--model", options.Model, "--input", file,
            "--limit", options.Documents.ToString(CultureInfo.InvariantCulture)])
        .GetProperty("seconds").GetDouble();

    /// <returns>The device, torch's version, and "tflops" of a matrix product by type.</returns>
    public JsonElement Peak() => Run(["--mode", "peak"]);

    private JsonElement Run(string[] arguments)
    {
        var device = options.Device.StartsWith("cuda", StringComparison.Ordinal) ? options.Device : "cpu";
        using var process = Start(["bench/peers/transformers_peer.py", .. arguments, "--device", device]);
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonElement.Parse(text.Trim().Split('\n')[^1])
            : throw new PeerException(
                $"transformers_peer.py {string.Join(' ', arguments)}: failed; what it said is above");
    }

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
}

using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>The GPUs that this process may use.</summary>
internal static class VisibleGpus
{
    /// <param name="visible">What CUDA_VISIBLE_DEVICES holds: numbers or names, or what Slurm writes for none.</param>
    public static string[] Named(string? visible) =>
        visible?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
        {
            null or ["NoDevFiles"] => [],
            var named => named,
        };

    /// <summary>As CUDA_VISIBLE_DEVICES names them; where it is not set, all that the driver has.</summary>
    /// <param name="visible">What that variable holds.</param>
    /// <param name="devices">Folder of devices.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static IReadOnlyList<string> Find(string? visible, string devices = "/dev")
    {
        if (Named(visible) is { Length: > 0 } named)
            return named;
        var count = string.IsNullOrEmpty(visible) && Directory.Exists(devices)
            ? Directory.EnumerateFiles(devices, "nvidia*").Count(path => IsNumber(Path.GetFileName(path)["nvidia".Length..]))
            : 0;
        return count > 0
            ? [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))]
            : throw new UserErrorException(
                "--gpu all: no GPU is found here; name them, CUDA_VISIBLE_DEVICES=0,1", ExitCode.Usage);
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}

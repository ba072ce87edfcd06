using System.Globalization;

namespace FineWebTorch.Worker.Commands;

/// <summary>The GPU that Slurm has given to the task that this process is.</summary>
internal static class SlurmTask
{
    /// <summary>
    /// Its number among those that the process sees. Tasks of a job may see all of its GPUs on their node; then each takes
    /// the one of its place there.
    /// </summary>
    /// <param name="variable">Of the environment, by name.</param>
    /// <exception cref="FormatException">It is no task of Slurm's, or has no GPU.</exception>
    public static int GpuOf(Func<string, string?> variable)
    {
        if (variable("SLURM_JOB_ID") is not { Length: > 0 })
            throw new FormatException("this is no job of Slurm's; give the number of the GPU, from 0");
        var place = Number(variable("SLURM_LOCALID")) ?? 0;
        var visible = VisibleGpus.Named(variable("CUDA_VISIBLE_DEVICES"));
        // Where nothing is hidden from the process, its number is the one that Slurm counts by.
        var given = visible.Length > 0
            ? visible
            : VisibleGpus.Named(variable("SLURM_STEP_GPUS") ?? variable("SLURM_JOB_GPUS"));
        if (given.Length == 0)
            throw new FormatException("Slurm has given this job no GPU; ask for one with --gres=gpu:1");
        if (given.Length > 1 && place >= given.Length)
            throw new FormatException(
                $"this is task {place} on its node, and there are {given.Length} GPUs: start one task for each");
        var index = given.Length == 1 ? 0 : place;
        return visible.Length > 0
            ? index
            : Number(given[index]) ?? throw new FormatException($"Slurm names the GPU '{given[index]}'; give its number");
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

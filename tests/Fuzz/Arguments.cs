using System.Globalization;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Targets;

namespace FineWebTorch.Fuzz;

internal enum Mode
{
    Trials,

    /// <summary>A process that is watched, for one target.</summary>
    Child,
    Repeat,
}

/// <summary>What build/fuzz was asked for.</summary>
/// <param name="AtOnce">Targets that are tried beside each other.</param>
/// <param name="Root">Of the repository.</param>
/// <param name="Input">The file to repeat.</param>
internal sealed record Arguments(
    Mode Mode, IReadOnlyList<string> Targets, Effort Effort, int AtOnce, string Root, string? Input)
{
    public string FindingsFolder => Path.Combine(Root, "artifacts", "fuzz", "findings");

    public string KernelsProgram => Path.Combine(Root, "artifacts", "native", "tests", "kernels_fuzz");

    /// <exception cref="FormatException">They are not understood.</exception>
    public static Arguments Parse(string[] args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] is "--child" or "--repeat")
                options[args[i]] = "";
            else if (args[i] is "--minutes" or "--seconds" or "--inputs" or "--seed" or "--jobs")
                options[args[i]] = i + 1 < args.Length
                    ? args[++i]
                    : throw new FormatException($"{args[i]} needs a number");
            else
                rest.Add(args[i]);
        }

        double Number(string name, double standard) => !options.TryGetValue(name, out var text) ? standard
            : double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number
            : throw new FormatException($"{name} {text} is no number");

        var isRepeat = options.ContainsKey("--repeat");
        if (isRepeat && rest.Count != 2)
            throw new FormatException("--repeat needs a target and a file");
        var targets = isRepeat ? rest[..1] : rest.Count > 0 ? rest : [.. AllTargets.Names];
        if (targets.Find(target => !AllTargets.Names.Contains(target)) is { } unknown)
            throw new FormatException($"unknown target {unknown}; give some of {string.Join(' ', AllTargets.Names)}");
        var seconds = Number("--seconds", 60 * Number("--minutes", 1));
        var inputs = (long)Math.Min(Number("--inputs", 1e15), 1e15);
        var seed = (int)(Number("--seed", Random.Shared.Next(1_000_000)) % 1_000_000);
        return new Arguments(
            isRepeat ? Mode.Repeat : options.ContainsKey("--child") ? Mode.Child : Mode.Trials, targets,
            new Effort(TimeSpan.FromSeconds(seconds), inputs, seed),
            Math.Max(1, (int)Number("--jobs", Environment.ProcessorCount)),
            Environment.GetEnvironmentVariable("FINEWEB_ROOT") ?? Directory.GetCurrentDirectory(),
            isRepeat ? rest[1] : null);
    }

    /// <summary>For what is kept of a target while it is tried.</summary>
    public string FolderOf(string target) => Path.Combine(Root, "artifacts", "fuzz", "run", target);

    /// <summary>Kept with the sources: files that are as they should be, and what once was a finding.</summary>
    /// <param name="borrowed">A folder of the test data that has more of them.</param>
    public IEnumerable<byte[]> SeedsOf(string target, string? borrowed)
    {
        string[] folders = [$"tests/Fuzz/seeds/{target}", .. borrowed is null ? (string[])[] : [borrowed]];
        return folders.Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            .Select(File.ReadAllBytes);
    }

    public static IEnumerable<string> ToChild(string target, Effort effort) =>
    [
        "--child", target,
        "--seconds", effort.Time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        "--inputs", effort.Inputs.ToString(CultureInfo.InvariantCulture),
        "--seed", effort.Seed.ToString(CultureInfo.InvariantCulture),
    ];
}

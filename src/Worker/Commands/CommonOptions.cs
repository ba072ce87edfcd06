using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary>The device that the user wants, and how to compute on it.</summary>
internal sealed class DeviceChoice
{
    /// <summary>As the model part names devices; null where it was not typed.</summary>
    public string? Name { get; set; }

    /// <summary>Number of a GPU, from 0; null where it was not typed.</summary>
    public int? Gpu { get; set; }

    /// <summary>Null for all cores.</summary>
    public int? Threads { get; set; }

    /// <summary>One of <see cref="KernelChoice.Names"/>.</summary>
    public string Kernels { get; set; } = KernelChoice.Auto;

    /// <summary>Threads that tokenize.</summary>
    public int TokenizerThreads => Threads ?? Environment.ProcessorCount;

    /// <exception cref="UserErrorException">Two devices were named.</exception>
    public void Check()
    {
        if (Name is not null && Gpu is not null)
            throw new UserErrorException("--gpu and --device exclude each other; give one", ExitCode.Usage);
    }

    /// <exception cref="UserErrorException">Two devices were named.</exception>
    /// <exception cref="NotSupportedException">There is no such device.</exception>
    public ComputeDevice Resolve()
    {
        Check();
        var name = Gpu is { } number ? string.Create(CultureInfo.InvariantCulture, $"cuda:{number}") : Name ?? "auto";
        return ComputeDevice.Resolve(name, Threads, Kernels);
    }
}

/// <summary>Options that several commands have, and kinds of options.</summary>
internal static class CommonOptions
{
    public static Option<string?> Model() => new("--model")
    {
        Description = $"Model folder, or a model on the Hub (default {Hub.ModelLocator.DefaultModel})",
        HelpName = "DIR|REPO[@REV]",
    };

    public static Option<string> TextColumn() => new("--text-column")
    {
        Description = "Column or JSON key that holds the text",
        HelpName = "NAME",
        DefaultValueFactory = _ => "text",
    };

    public static Option<int?> Threads() => Number<int?>(
        "--threads", "Threads to tokenize with, and to compute with on a CPU (default: all cores)");

    public static Option<string?> Device() => new("--device")
    {
        Description = "cpu, cuda, cuda:1, mps, or auto for the best there is (default)",
        HelpName = "NAME",
    };

    public static Option<string> Kernels()
    {
        var option = OneOf(
            "--kernels",
            "Operators to compute with: auto for the fastest, reference for libtorch's own, or a CPU's "
            + $"instruction set ({string.Join(", ", KernelChoice.Names.Skip(2))})",
            [.. KernelChoice.Names]);
        option.HelpName = "NAME";
        return option;
    }

    public static Option<int?> Gpu() =>
        Number<int?>("--gpu", "Number of the GPU to use, from 0; short for --device cuda:N", least: 0);

    /// <summary>A number that must not be too small, which is said in one line.</summary>
    public static Option<T> Number<T>(string name, string description, long least = 1)
    {
        var option = new Option<T>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            // What is no number has been reported already.
            if (TextOf(result) is { } text &&
                long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) &&
                number < least)
                result.AddError($"{name} {text}: must be at least {least}");
        });
        return option;
    }

    /// <summary>One of some words, of which the first is the default; any other is refused in one line.</summary>
    public static Option<string> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (TextOf(result) is { } text && !words.Contains(text))
                result.AddError($"{name} {text}: use {string.Join(", ", words[..^1])} or {words[^1]}");
        });
        return option;
    }

    private static string? TextOf(OptionResult result) => result.Tokens is [{ Value: var text }] ? text : null;
}

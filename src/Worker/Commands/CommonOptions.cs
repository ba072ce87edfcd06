using System.CommandLine;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary>Options that several commands have.</summary>
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

    public static Option<int?> Threads()
    {
        var option = new Option<int?>("--threads")
        {
            Description = "Threads to tokenize with, and to compute with on a CPU (default: all cores)",
            HelpName = "N",
        };
        option.Validators.Add(result => AtLeast(result, "--threads", 1));
        return option;
    }

    public static Option<string?> Device() => new("--device")
    {
        Description = "cpu, cuda, cuda:1, mps, or auto for the best there is (default)",
        HelpName = "NAME",
    };

    public static Option<string> Kernels()
    {
        var option = new Option<string>("--kernels")
        {
            Description = "Operators to compute with: auto for the fastest, reference for libtorch's own, or a CPU's "
                + $"instruction set ({string.Join(", ", KernelChoice.Names.Skip(2))})",
            HelpName = "NAME",
            DefaultValueFactory = _ => KernelChoice.Auto,
        };
        OneOf(option, [.. KernelChoice.Names]);
        return option;
    }

    public static Option<int?> Gpu()
    {
        var option = new Option<int?>("--gpu")
        {
            Description = "Number of the GPU to use, from 0; short for --device cuda:N",
            HelpName = "N",
        };
        option.Validators.Add(result => AtLeast(result, "--gpu", 0));
        return option;
    }

    /// <summary>The device that was asked for, as the model part names it.</summary>
    /// <exception cref="UserErrorException">Both options were given.</exception>
    public static string DeviceName(string? device, int? gpu)
    {
        if (device is not null && gpu is not null)
            throw new UserErrorException("--gpu and --device exclude each other; give one", ExitCode.Usage);
        return gpu is { } number ? string.Create(CultureInfo.InvariantCulture, $"cuda:{number}") : device ?? "auto";
    }

    /// <summary>Refuses all but these values, in one line.</summary>
    public static void OneOf(Option<string> option, params string[] values) => option.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: var text }] && !values.Contains(text))
            result.AddError($"{option.Name} {text}: use {string.Join(", ", values[..^1])} or {values[^1]}");
    });

    public static void AtLeast(System.CommandLine.Parsing.OptionResult result, string name, long least)
    {
        // What is no number has been reported already.
        if (result.Tokens is [{ Value: var text }] &&
            long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number < least)
            result.AddError($"{name} {text}: must be at least {least}");
    }
}

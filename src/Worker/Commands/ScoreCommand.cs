using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker score</c>: scores one file without a coordinator.</summary>
internal sealed class ScoreCommand
{
    private readonly Argument<string> _input = new("INPUT")
    {
        Description = "A .parquet, .jsonl or .jsonl.gz file, also on the Hub (hf://datasets/owner/name/file.parquet: " +
            "with --rows only what these need is fetched), or - for JSON lines on standard input",
    };

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<long?> _rows = Number<long?>("--rows", "Score only the first N rows");
    private readonly Option<string> _textColumn = CommonOptions.TextColumn();

    private readonly Option<string?> _idColumn = new("--id-column")
    {
        Description = "Column or JSON key to show beside the scores (default: id, where there is one)",
        HelpName = "NAME",
    };

    private readonly Option<string?> _device = CommonOptions.Device();
    private readonly Option<int?> _gpu = CommonOptions.Gpu();
    private readonly Option<string> _dtype =
        Choice("--dtype", "fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU", "auto", "fp32", "fp16", "bf16");

    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string> _kernels = CommonOptions.Kernels();
    private readonly Option<string> _format =
        Choice("--format", "table, jsonl, csv or parquet", "table", "jsonl", "csv", "parquet");

    private readonly Option<string?> _output = new("--output")
    {
        Description = "Write to this file, which appears when it is complete",
        HelpName = "FILE",
    };

    private readonly Option<int?> _tokenBudget =
        Number<int?>("--token-budget", "Most tokens in a batch (default: 4096 on a CPU, 65536 on a GPU)");

    public static Command Create()
    {
        var options = new ScoreCommand();
        var command = new Command("score", "Score the documents of one file on this machine")
        {
            options._input, options._model, options._rows, options._textColumn, options._idColumn, options._device,
            options._gpu, options._dtype, options._threads, options._kernels, options._format, options._output,
            options._tokenBudget,
        };
        command.SetAction((parsed, cancellation) => RunAsync(options.Parse(parsed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ScoreRequest request, CancellationToken cancellation)
    {
        try
        {
            await LocalScoring.RunAsync(request, cancellation);
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return ExitCode.Success;
    }

    private ScoreRequest Parse(ParseResult parsed) => new(
        parsed.GetValue(_input)!,
        parsed.GetValue(_model) ?? ModelLocator.DefaultModel,
        parsed.GetValue(_rows),
        parsed.GetValue(_textColumn)!,
        parsed.GetValue(_idColumn),
        CommonOptions.DeviceName(parsed.GetValue(_device), parsed.GetValue(_gpu)),
        parsed.GetValue(_dtype)!,
        parsed.GetValue(_threads),
        parsed.GetValue(_kernels)!,
        parsed.GetValue(_tokenBudget),
        parsed.GetValue(_format)!,
        parsed.GetValue(_output));

    private static Option<T> Number<T>(string name, string description)
    {
        var option = new Option<T>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result => CommonOptions.AtLeast(result, name, 1));
        return option;
    }

    /// <summary>The first value is the default.</summary>
    private static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        CommonOptions.OneOf(option, values);
        return option;
    }
}

/// <summary>What <c>worker score</c> was asked to do.</summary>
/// <param name="Rows">Rows to score; null for all.</param>
/// <param name="IdColumn">Null where the user named none: then "id" is shown where there is one.</param>
/// <param name="Device">As the model part names devices.</param>
/// <param name="Kernels">One of <see cref="KernelChoice.Names"/>.</param>
/// <param name="Output">Null for standard output.</param>
internal sealed record ScoreRequest(
    string Input,
    string Model,
    long? Rows,
    string TextColumn,
    string? IdColumn,
    string Device,
    string Dtype,
    int? Threads,
    string Kernels,
    int? TokenBudget,
    string Format,
    string? Output);

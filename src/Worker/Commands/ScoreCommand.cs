using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker score</c> was asked to do.</summary>
internal sealed record ScoreRequest
{
    public string Input { get; set; } = "";

    public string Model { get; set; } = ModelLocator.DefaultModel;

    /// <summary>Rows to score; null for all.</summary>
    public long? Rows { get; set; }

    public string TextColumn { get; set; } = "";

    /// <summary>Null where the user named none: then "id" is shown where there is one.</summary>
    public string? IdColumn { get; set; }

    public DeviceChoice Device { get; } = new();

    /// <summary>A name of <see cref="Model.ModelDtypes"/>, or auto.</summary>
    public string Dtype { get; set; } = "auto";

    /// <summary>Null for what suits the device.</summary>
    public int? TokenBudget { get; set; }

    public string Format { get; set; } = "";

    /// <summary>Null for standard output.</summary>
    public string? Output { get; set; }
}

/// <summary><c>worker score</c>: scores one file without a coordinator.</summary>
internal static class ScoreCommand
{
    private static OptionTable<ScoreRequest> Options => new()
    {
        {
            new Argument<string>("INPUT")
            {
                Description = "A .parquet, .jsonl or .jsonl.gz file, also on the Hub " +
                    "(hf://datasets/owner/name/file.parquet: with --rows only what these need is fetched), " +
                    "or - for JSON lines on standard input",
            },
            (request, input) => request.Input = input
        },
        { CommonOptions.Model(), (request, model) => request.Model = model ?? request.Model },
        {
            CommonOptions.Number<long?>("--rows", "Score only the first N rows"),
            (request, rows) => request.Rows = rows
        },
        { CommonOptions.TextColumn(), (request, name) => request.TextColumn = name },
        {
            new Option<string?>("--id-column")
            {
                Description = "Column or JSON key to show beside the scores (default: id, where there is one)",
                HelpName = "NAME",
            },
            (request, name) => request.IdColumn = name
        },
        { CommonOptions.Device(), (request, name) => request.Device.Name = name },
        { CommonOptions.Gpu(), (request, number) => request.Device.Gpu = number },
        {
            CommonOptions.OneOf(
                "--dtype", "fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU", "auto", "fp32", "fp16", "bf16"),
            (request, dtype) => request.Dtype = dtype
        },
        { CommonOptions.Threads(), (request, threads) => request.Device.Threads = threads },
        { CommonOptions.Kernels(), (request, kernels) => request.Device.Kernels = kernels },
        {
            CommonOptions.OneOf(
                "--format", "table, jsonl, csv or parquet", "table", "jsonl", "csv", "parquet"),
            (request, format) => request.Format = format
        },
        {
            new Option<string?>("--output")
            {
                Description = "Write to this file, which appears when it is complete",
                HelpName = "FILE",
            },
            (request, path) => request.Output = path
        },
        {
            CommonOptions.Number<int?>(
                "--token-budget", "Most tokens in a batch (default: 4096 on a CPU, 65536 on a GPU)"),
            (request, tokens) => request.TokenBudget = tokens
        },
    };

    public static Command Create() => Options.Complete(
        new Command("score", "Score the documents of one file on this machine"), RunAsync);

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
}

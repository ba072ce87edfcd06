using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker score</c> was asked to do.</summary>
internal sealed record ScoreRequest
{
    public string Input { get; init; } = "";

    public string Model { get; init; } = ModelLocator.DefaultModel;

    /// <summary>Rows to score; null for all.</summary>
    public long? Rows { get; init; }

    public string TextColumn { get; init; } = "";

    /// <summary>Null where the user named none: then "id" is shown where there is one.</summary>
    public string? IdColumn { get; init; }

    public DeviceChoice Device { get; init; } = new();

    /// <summary>A name of <see cref="Model.ModelDtypes"/>, or auto.</summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Null for what suits the device.</summary>
    public int? TokenBudget { get; init; }

    public string Format { get; init; } = "";

    /// <summary>Null for standard output.</summary>
    public string? Output { get; init; }
}

/// <summary><c>worker score</c>: scores one file without a coordinator.</summary>
internal static class ScoreCommand
{
    private static IReadOnlyList<Setting<ScoreRequest>> Settings { get; } =
    [
        new("INPUT", "INPUT",
            "A .parquet, .jsonl or .jsonl.gz file, also on the Hub " +
            "(hf://datasets/owner/name/file.parquet: with --rows only what these need is fetched), " +
            "or - for JSON lines on standard input",
            Default: null, (request, text) => request with { Input = OptionText.NotEmpty(text) })
        {
            Paths = PathKind.File,
            IsRequired = true,
        },
        CommonOptions.Model<ScoreRequest>((request, model) => request with { Model = model }),
        new("--rows", "N", "Score only the first N rows", Default: null,
            (request, text) => request with { Rows = OptionText.WholeLong(text, 1, long.MaxValue) })
        {
            Group = OptionGroup.Input,
        },
        CommonOptions.TextColumn<ScoreRequest>((request, name) => request with { TextColumn = name }),
        new("--id-column", "NAME", "Column or JSON key to show beside the scores [default: id, where there is one]",
            Default: null, (request, text) => request with { IdColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Input,
        },
        .. CommonOptions.Device<ScoreRequest>(
            request => request.Device, (request, device) => request with { Device = device }),
        Setting.OneOf<ScoreRequest>(
            "--dtype", "TYPE", "fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU",
            ["auto", "fp32", "fp16", "bf16"], (request, text) => request with { Dtype = text }) with
        {
            Group = OptionGroup.Model,
        },
        Setting.OneOf<ScoreRequest>(
            "--format", "NAME", "table, jsonl, csv or parquet", ["table", "jsonl", "csv", "parquet"],
            (request, text) => request with { Format = text }) with
        {
            Group = OptionGroup.Output,
        },
        new("--output", "FILE", "Write to this file, which appears when it is complete", Default: null,
            (request, text) => request with { Output = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
            Paths = PathKind.File,
        },
        new("--token-budget", "N", "Most tokens in a batch [default: 4096 on a CPU, 65536 on a GPU]", Default: null,
            (request, text) => request with { TokenBudget = OptionText.Whole(text, 1, int.MaxValue) })
        {
            Group = OptionGroup.Model,
        },
    ];

    public static Command Create() =>
        new CommandTable<ScoreRequest>(Settings, (request, _, cancellation) => RunAsync(request, cancellation))
        {
            Examples =
            [
                "worker score documents.jsonl.gz --format csv --output scores.csv",
                "worker score hf://datasets/HuggingFaceFW/fineweb/sample/10BT/000_00000.parquet \\\n--rows 100",
            ],
        }.Complete(new Command("score", "Score the documents of one file on this machine"));

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

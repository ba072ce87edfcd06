using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker score</c> was asked to do.</summary>
internal sealed record ScoreRequest
{
    public InputOptions Input { get; init; } = new();

    public string Model { get; init; } = ModelLocator.DefaultModel;

    public DeviceChoice Device { get; init; } = new();

    /// <summary>A name of <see cref="Model.ModelDtypes"/>, or auto.</summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Null for what suits the device.</summary>
    public int? TokenBudget { get; init; }

    /// <summary>One of <see cref="ScoreTarget.Formats"/>; null where the output's name tells.</summary>
    public string? Format { get; init; }

    /// <summary>Null for standard output.</summary>
    public string? Output { get; init; }

    public bool Overwrites { get; init; }

    public bool KeepsColumns { get; init; }

    public string ScoreColumn { get; init; } = "score";

    public string IntScoreColumn { get; init; } = "int_score";
}

/// <summary><c>worker score</c>: scores files without a coordinator.</summary>
internal static class ScoreCommand
{
    private static IReadOnlyList<Setting<ScoreRequest>> Settings { get; } =
    [
        .. InputOptions.Settings.Select(setting => setting.Within<ScoreRequest>(
            request => request.Input, (request, input) => request with { Input = input })),
        new("--id-column", "NAME", "Column or JSON key to show beside the scores [default: id, where there is one]",
            Default: null,
            (request, text) => request with
            {
                Input = request.Input with { IdColumn = OptionText.NotEmpty(text) },
            })
        {
            Group = OptionGroup.Input,
        },
        CommonOptions.Model<ScoreRequest>((request, model) => request with { Model = model }),
        .. CommonOptions.Device<ScoreRequest>(
            request => request.Device, (request, device) => request with { Device = device }),
        Setting.OneOf<ScoreRequest>(
            "--dtype", "TYPE", "fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU",
            ["auto", "fp32", "fp16", "bf16"], (request, text) => request with { Dtype = text }) with
        {
            Group = OptionGroup.Model,
        },
        new("--token-budget", "N", "Most tokens in a batch [default: 4096 on a CPU, 65536 on a GPU]", Default: null,
            (request, text) => request with { TokenBudget = OptionText.Whole(text, 1, int.MaxValue) })
        {
            Group = OptionGroup.Model,
        },
        .. OutputSettings,
    ];

    private static IReadOnlyList<Setting<ScoreRequest>> OutputSettings =>
    [
        new("--output", "FILE",
            "Write to this file, which appears when it is complete; its ending says the format: .parquet, .jsonl or " +
            ".csv, the last two also with .gz or .zst",
            Default: null, (request, text) => request with
            {
                Output = ForeignPlace.Refuse(OptionText.NotEmpty(text), isOutput: true),
            })
        {
            Group = OptionGroup.Output,
            Paths = PathKind.File,
        },
        new("--format", "NAME", "table, jsonl, csv or parquet [default: what --output ends in, else table]",
            Default: null,
            (request, text) => request with { Format = OptionText.OneOf(text, ScoreTarget.Formats) })
        {
            Group = OptionGroup.Output,
            Words = ScoreTarget.Formats,
        },
        Setting.Flag<ScoreRequest>(
            "--overwrite", "Replace an output file that is there", request => request with { Overwrites = true }) with
        {
            Group = OptionGroup.Output,
        },
        Setting.Flag<ScoreRequest>(
            "--keep-columns", "Add the scores to the input's own columns or keys, in its own format",
            request => request with { KeepsColumns = true }) with
        {
            Group = OptionGroup.Output,
        },
        new("--score-column", "NAME", "What --keep-columns calls the score", "score",
            (request, text) => request with { ScoreColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
        },
        new("--int-score-column", "NAME", "What --keep-columns calls the rounded score", "int_score",
            (request, text) => request with { IntScoreColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create() =>
        new CommandTable<ScoreRequest>(Settings, RunAsync)
        {
            Examples =
            [
                "worker score documents.jsonl.gz --output scores.csv",
                "worker score 'crawl/**/*.parquet' --output scores.parquet",
                "worker score documents.jsonl --keep-columns --output scored.jsonl.zst",
                "worker score hf://datasets/owner/name/file.parquet --rows 100",
            ],
            Finish = Finish,
        }.Complete(new Command("score", "Score the documents of files on this machine"));

    private static ScoreRequest Finish(
        ScoreRequest request, Func<string, bool> isGiven, ICollection<string> violations)
    {
        request.Input.Check(violations);
        if (!request.KeepsColumns)
            return request;
        string[] names = [request.Input.TextColumn, request.ScoreColumn, request.IntScoreColumn];
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
            violations.Add("--text-column, --score-column and --int-score-column must be three different names");
        return request with
        {
            Input = request.Input with { Added = (request.ScoreColumn, request.IntScoreColumn) },
        };
    }

    private static async Task<int> RunAsync(
        ScoreRequest request, CommandContext context, CancellationToken cancellation)
    {
        try
        {
            await LocalScoring.RunAsync(request, context, cancellation);
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return ExitCode.Success;
    }
}

using System.CommandLine;
using FineWebTorch.Hub;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker score</c>: scores one file without a coordinator.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("INPUT")
        {
            Description = "A .parquet, .jsonl or .jsonl.gz file, or - for JSON lines on standard input",
        };
        var model = CommonOptions.Model();
        var rows = Number<long?>("--rows", "Score only the first N rows");
        var textColumn = CommonOptions.TextColumn();
        var idColumn = new Option<string?>("--id-column")
        {
            Description = "Column or JSON key to show beside the scores (default: id, where there is one)",
            HelpName = "NAME",
        };
        var device = CommonOptions.Device();
        var gpu = CommonOptions.Gpu();
        var dtype = new Option<string>("--dtype")
        {
            Description = "fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU",
            DefaultValueFactory = _ => "auto",
        };
        CommonOptions.OneOf(dtype, "auto", "fp32", "fp16", "bf16");
        var threads = CommonOptions.Threads();
        var tokenBudget = Number<int?>("--token-budget", "Most tokens in a batch (default: 4096 on a CPU, 65536 on a GPU)");
        var format = new Option<string>("--format")
        {
            Description = "table, jsonl, csv or parquet",
            DefaultValueFactory = _ => "table",
        };
        CommonOptions.OneOf(format, "table", "jsonl", "csv", "parquet");
        var output = new Option<string?>("--output") { Description = "Write to this file", HelpName = "FILE" };
        var command = new Command("score", "Score the documents of one file on this machine")
        {
            input, model, rows, textColumn, idColumn, device, gpu, dtype, threads, format, output, tokenBudget,
        };
        command.SetAction((parsed, cancellation) => LocalScoring.RunAsync(
            new ScoreRequest(
                parsed.GetValue(input)!,
                parsed.GetValue(model) ?? ModelLocator.DefaultModel,
                parsed.GetValue(rows),
                parsed.GetValue(textColumn)!,
                parsed.GetValue(idColumn),
                CommonOptions.DeviceName(parsed.GetValue(device), parsed.GetValue(gpu)),
                parsed.GetValue(dtype)!,
                parsed.GetValue(threads),
                parsed.GetValue(tokenBudget),
                parsed.GetValue(format)!,
                parsed.GetValue(output)),
            cancellation));
        return command;
    }

    private static Option<T> Number<T>(string name, string description)
    {
        var option = new Option<T>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result => CommonOptions.AtLeast(result, name, 1));
        return option;
    }
}

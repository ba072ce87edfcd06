using System.CommandLine;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator files</c>.</summary>
internal static class FilesCommandLine
{
    private static readonly string[] Actions = ["list", "retry", "skip"];

    public static Command Create(TextWriter output) => new CommandTable<ControlCall>(
        [
            ControlCall.ActionSetting("list the files, retry: try failed ones again, skip: leave files out", Actions),
            ControlCall.NamesSetting("Names of files; * and ? stand for any characters"),
            ControlCall.RunSetting,
            Setting.Flag<ControlCall>("--failed", "List those that failed", call => call with { Failed = true }) with
            {
                Group = OptionGroup.Output,
            },
            Setting.Flag<ControlCall>("--open", "List those that have not ended", call => call with { Open = true }) with
            {
                Group = OptionGroup.Output,
            },
            ControlCall.JsonSetting,
        ],
        async (call, context, interrupted) => call.Action == "list"
            ? List(call, output)
            : (await call.SendAsync($"files/{call.Action}", interrupted)).Tell(
                output, call.Json, name => ControlWords.Of($"files/{call.Action}", name)))
    {
        Finish = ControlCall.DemandNames,
        Examples =
        [
            "coordinator files --failed", "coordinator files retry '*'", "coordinator files skip 2024/07.parquet",
        ],
    }.Complete(new Command("files", "List, retry or skip files of a run"));

    private static int List(ControlCall call, TextWriter output)
    {
        using var run = StatusCommandLine.Open(call.Run);
        var names = new NamePatterns(call.Names.Count > 0 ? call.Names : ["*"]);
        var held = run.Core.Files;
        // Of those that are done the ledger is asked for one after another, and not at all where nobody wants them.
        var files = call.Failed || call.Open
            ? held.Held.Select(file => ListedFile.Of(file, run.Spec))
            : run.Ledger.ReadFiles().Where(file => file.Record.Index < held.Count).Select(file =>
                held.Find(file.Record.Index) is { } open ? ListedFile.Of(open, run.Spec) : ListedFile.Of(file, run.Spec));
        foreach (var file in files.Where(file => names.Match(file.Name) && Wants(call, file)))
            output.WriteLine(call.Json ? JsonSerializer.Serialize(file, RunSummary.Json) : file.ToString());
        return ExitCode.Success;
    }

    private static bool Wants(ControlCall call, ListedFile file) => (call.Failed, call.Open) switch
    {
        (false, false) => true,
        var (failed, open) => (failed && file.State == "failed") || (open && file.State is not ("failed" or "done")),
    };
}

/// <summary>A file as <c>coordinator files</c> lists it.</summary>
/// <param name="State">See <see cref="FileStage"/>.</param>
/// <param name="Rows">That belong to the run.</param>
/// <param name="Reason">Why it has failed.</param>
internal sealed record ListedFile(string Name, string State, long Rows, long RowsScored, string? Reason)
{
    public static ListedFile Of(RunFile file, RunSpec spec) => Of(file.Record, file.Stage, file.Totals.Rows, spec);

    /// <param name="file">That is done.</param>
    public static ListedFile Of(StoredFile file, RunSpec spec) =>
        Of(file.Record, FileStage.Done, file.Totals?.Rows ?? 0, spec);

    private static ListedFile Of(FileRecord file, FileStage stage, long scored, RunSpec spec) => new(
        file.Name, JsonNamingPolicy.SnakeCaseLower.ConvertName(stage.ToString()), spec.RowsOf(file.Rows), scored,
        file.Failure);

    public override string ToString() => $"{Name}: {State}" +
        (Reason is not null
            ? $": {Reason}"
            : $", {NumberText.Count(RowsScored)} of {NumberText.Count(Rows, "row")} scored");
}

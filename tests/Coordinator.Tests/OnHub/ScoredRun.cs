using System.Collections.Concurrent;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>Brings a run to where all is scored by the real model and every shard is in its place.</summary>
internal static class ScoredRun
{
    /// <summary>Of the four sample files, by name: they are the same in all runs.</summary>
    private static readonly ConcurrentDictionary<string, float[]> Scores = new(StringComparer.Ordinal);

    /// <param name="arguments">With windows of four rows.</param>
    /// <param name="change">The score that a row gets instead of its own.</param>
    public static Task CompleteAsync(HubRun hub, CommandLine arguments, Func<long, float, float>? change = null) =>
        CompleteAsync(hub.Sample, arguments, change);

    /// <inheritdoc cref="CompleteAsync(HubRun, CommandLine, Func{long, float, float})"/>
    public static async Task CompleteAsync(
        SampleRun sample, CommandLine arguments, Func<long, float, float>? change = null)
    {
        using var run = await sample.PrepareAsync(arguments);
        foreach (var file in run.Core.Files.Held.Where(file => file.Record.Failure is null))
            await CompleteAsync(sample, run, file.Record, change);
    }

    /// <summary>Scores one file and brings its shard to its place.</summary>
    /// <param name="built">When it is handed over.</param>
    public static async Task CompleteAsync(
        SampleRun sample, PreparedRun run, FileRecord file, Func<long, float, float>? change = null,
        DateTimeOffset built = default)
    {
        var spec = run.Core.Spec;
        var input = sample["in", Path.GetFileName(file.Name)];
        var scores = Scores.GetOrAdd(Path.GetFileName(input), _ => Score(sample["model"], input, file.Rows))
            .Select((score, row) => change?.Invoke(row, score) ?? score);
        run.Ledger.Commit([.. scores.Chunk(spec.WindowRows).Select((part, window) => Window(
            file.Index, window, part, spec))]);
        run.Ledger.Commit(await BuildAsync(run, spec, file, input, built));
    }

    /// <summary>As a session does once all files have ended.</summary>
    public static async Task<PublishOutcome> PublishAsync(HubRun hub, CommandLine arguments)
    {
        using var run = await hub.Sample.PrepareAsync(arguments);
        using var observer = new HubSession();
        return await new RunPublisher(
            run.HubOutput!, run.HubInput, new RunPullRequest(run.HubOutput!, run.PullRequest), run.Ledger, run.Core,
            run.Places, observer).PublishAsync(CancellationToken.None);
    }

    private static float[] Score(string model, string input, long rows)
    {
        using var rescorer = Rescorer.Load(model, Dtype.Fp32, "cpu");
        long[] all = [.. Enumerable.Range(0, (int)rows)];
        return rescorer.Score(
            [.. ShardSampler.Read(input, "text", scoreColumn: null, all).Select(row => row.Text!)]);
    }

    private static LedgerChange.WindowCompleted Window(
        int file, int window, float[] scores, RunSpec spec) => new(
        new WindowRecord(
            file, window, scores.Length, scores.Count(spec.Keep.Keeps), 0,
            10 * scores.Length, new Dictionary<string, long> { ["class a"] = scores.Length }),
        scores);

    private static async Task<IReadOnlyList<LedgerChange>> BuildAsync(
        PreparedRun run, RunSpec spec, FileRecord file, string input, DateTimeOffset built)
    {
        var path = run.Places.LandingPath(file.ShardName);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var result = ShardWriter.Write(
            new ShardRequest(
                input, path, "text", "score", "int_score", ReplaceScoreColumns: false, Rows: 0,
                ShardProvenance.Create(run.Core.Run, spec, file)),
            KeptScores.Of(run.Ledger, spec, file.Index));
        var shard = new ShardRecord(
            file.Index, file.ShardName, 1, result.Size, result.Sha256, file.Rows, result.RowsKept, 0, [], Done: false)
        {
            Built = built,
        };
        if (run.HubOutput is { } output)
        {
            await output.UploadAsync(path, new LfsObject(shard.Sha256, shard.Size), CancellationToken.None);
            File.Delete(path);
        }

        return [new LedgerChange.ShardPrepared(shard), new LedgerChange.ShardDone(file.Index)];
    }
}

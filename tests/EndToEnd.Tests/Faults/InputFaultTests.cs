using System.Globalization;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Files that change under a run: its inputs, and the shards that it has made.</summary>
public sealed class InputFaultTests
{
    public static TheoryData<int> Attempts => Soak.Attempts;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Shard_DamagedWhileNobodyWorked(int attempt)
    {
        await using var run = new FaultRun("a corrupt shard", attempt);
        await run.StartAsync();
        await run.UntilAsync(() => Shards(run).Length >= 4);
        await FaultRun.KillAsync([run.Coordinator, .. run.Workers]);
        run.Workers.Clear();
        Damage(Shards(run)[run.Random.Next(4)], run.Random);
        await run.StartAsync();

        await run.EndAsync(disturbed: 3);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Input_TruncatedInMidRun(int attempt) => ChangeAsync(
        "a truncated input", attempt, (input, run) =>
        {
            using var file = new FileStream(input, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(run.Random.NextInt64(file.Length));
        });

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Input_ReplacedInMidRun(int attempt) => ChangeAsync(
        "an input replaced in mid-run", attempt, (input, run) =>
        {
            var name = Path.GetFileName(input) == "000_00000.parquet" ? "000_00001.parquet" : "000_00000.parquet";
            File.Copy(Path.Combine(Path.GetDirectoryName(input)!, name), input + ".new");
            File.Move(input + ".new", input, overwrite: true);
        });

    /// <summary>Nothing of the changed file gets out; when it is as it was, the same command goes on.</summary>
    private static async Task ChangeAsync(string fault, int attempt, Action<string, FaultRun> change)
    {
        await using var run = new FaultRun(fault, attempt);
        await run.StartAsync();
        await run.RandomPointAsync(until: 0.7);
        var input = Undone(run);
        var (content, written) = (File.ReadAllBytes(input), File.GetLastWriteTimeUtc(input));
        change(input, run);
        Assert.InRange(await run.Coordinator.ExitAsync(), 0, 3);
        var failed = run.Folder.Summary(FaultRun.Name).GetProperty("files_failed").EnumerateArray()
            .Select(file => file.GetProperty("name").GetString()!).ToList();
        Assert.Empty(failed.Except([Path.GetRelativePath(run.Folder.Input, input)]));
        await run.WorkersEndAsync();

        File.WriteAllBytes(input, content);
        File.SetLastWriteTimeUtc(input, written);
        await run.StartAsync(workers: 1);
        await run.EndAsync(disturbed: 1);
    }

    /// <summary>An input whose shard was not there a moment ago; the last one where all are.</summary>
    private static string Undone(FaultRun run)
    {
        var inputs = Directory.GetFiles(run.Folder.Input, "*.parquet", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).ToList();
        var done = Shards(run).Select(shard => int.Parse(
            Path.GetFileName(shard).Split('-')[1], CultureInfo.InvariantCulture)).ToHashSet();
        var undone = inputs.Where((_, index) => !done.Contains(index)).DefaultIfEmpty(inputs[^1]).ToList();
        return undone[run.Random.Next(undone.Count)];
    }

    private static string[] Shards(FaultRun run) => Directory.Exists(Path.Combine(run.Output, "data"))
        ? [.. Directory.GetFiles(Path.Combine(run.Output, "data"), "*.parquet").Order(StringComparer.Ordinal)]
        : [];

    private static void Damage(string file, Random random)
    {
        var content = File.ReadAllBytes(file);
        content[random.Next(content.Length)] ^= 0x40;
        File.WriteAllBytes(file, content);
    }
}

using FineWebTorch.Coordinator.Cleaning;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Tests.Commands;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Cleaning;

public sealed class LeftoversTests : IDisposable
{
    private readonly SampleRun _sample = new();

    private CommandLine Finished => _sample.Arguments.With("--run", _sample["runs", "finished"], "--window-rows", "4");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Clean_FinishedRun_LosesItsStateAndKeepsShardsAndWhatAPersonPutThere()
    {
        await FinishAsync();
        await File.WriteAllTextAsync(_sample["runs", "finished", "notes.txt"], "mine");
        await File.WriteAllTextAsync(_sample["runs", "finished", "listing.jsonl"], "a head");

        foreach (var leftover in Find())
            leftover.Remove();

        Assert.Equal(["notes.txt"], Names(_sample["runs", "finished"]));
        Assert.Equal(4, Directory.GetFiles(_sample["out", "data"]).Length);
        Assert.Equal(4, Directory.GetFiles(_sample["out", "manifests", "data"]).Length);
        Assert.Empty(Find());
    }

    [Fact]
    public async Task Find_RunsThatAreNotFinished_AreLeftAlone()
    {
        var arguments = _sample.Arguments.With("--run", _sample["runs", "stopped"]);
        (await _sample.PrepareAsync(arguments)).Dispose();
        await File.WriteAllTextAsync(_sample["out", ".staging", await RunIdAsync(arguments), "7.parquet"], "a shard");
        Directory.CreateDirectory(_sample["runs", "other"]);
        await File.WriteAllTextAsync(_sample["runs", "other", "ledger.sqlite"], "no ledger");

        Assert.Empty(Find());
    }

    [Fact]
    public async Task Find_RunAtWork_IsLeftAlone()
    {
        await FinishAsync();
        using var run = await _sample.PrepareAsync(Finished);

        Assert.Empty(Find());
    }

    /// <summary>The next start goes on with it, so that a young one stays; of a run that has begun it is not at all.</summary>
    [Theory]
    [InlineData("listing.jsonl")]
    [InlineData("footers.jsonl")]
    public async Task Find_JournalsOfStartsFromWhichNoRunCame_OnlyWhenTheyAreOld(string name)
    {
        var arguments = _sample.Arguments.With("--run", _sample["runs", "stopped"]);
        (await _sample.PrepareAsync(arguments)).Dispose();
        string[] journals = [.. new[] { "refused", "young", "stopped" }.Select(run => _sample["runs", run, name])];
        foreach (var journal in journals)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(journal)!);
            await File.WriteAllTextAsync(journal, "a head\n");
            File.SetLastWriteTimeUtc(journal, DateTime.UtcNow.AddDays(journal == journals[1] ? 0 : -2));
        }

        var found = Assert.Single(Find());
        found.Remove();

        Assert.Equal(journals[0], found.Path);
        Assert.False(Directory.Exists(_sample["runs", "refused"]));
        Assert.True(File.Exists(journals[1]) && File.Exists(journals[2]));
    }

    [Fact]
    public async Task Find_PartsOfRunsThatAreGone_OnlyWhenTheyAreOld()
    {
        await FinishAsync();
        string[] parts =
        [
            _sample["out", ".staging", "0123456789ab", "1.parquet"],
            _sample["out", ".fineweb", "held", "0123456789ab", "data", "train-00000-of-00001.parquet"],
            _sample["out", "data", ".train-00000-of-00004.parquet.abcdefgh.xyz.partial"],
            _sample["tmp", "fineweb-abcdefgh.xyz"],
            _sample["cache", "temporary", "node-1-0123abcd", "inputs", "0-x.parquet"],
            _sample["cache", "models", "0123", "model.safetensors"],
        ];
        foreach (var part in parts)
            await File.WriteAllTextAsync(part, "part");
        await File.WriteAllTextAsync(_sample["tmp", "fineweb-mine.txt"], "not of a program");

        var young = Find().Select(leftover => leftover.Path).ToList();
        var old = Find(later: TimeSpan.FromDays(2)).ToList();
        foreach (var leftover in old)
            leftover.Remove();

        Assert.Equal([_sample["runs", "finished"], _sample["cache", "models"]], young);
        Assert.Equal(7, old.Count);
        Assert.All(parts, part => Assert.False(File.Exists(part)));
        Assert.Equal(["fineweb-mine.txt"], Names(_sample["tmp"]));
        Assert.Equal(4, Directory.GetFiles(_sample["out", "data"]).Length);
    }

    [Fact]
    public async Task Find_WorkerThatLives_KeepsItsCopiesAndTheModels()
    {
        var copy = _sample["cache", "temporary", "node-1-0123abcd", "inputs", "0-x.parquet"];
        await File.WriteAllTextAsync(copy, "part");
        await File.WriteAllTextAsync(_sample["cache", "models", "0123", "model.safetensors"], "model");
        await using var held = new FileStream(
            _sample["cache", "temporary", "node-1-0123abcd.lock"], FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None);

        Assert.Empty(Find(later: TimeSpan.FromDays(2)));
    }

    private async Task FinishAsync()
    {
        await ScoredRun.CompleteAsync(_sample, Finished);
        using var run = await _sample.PrepareAsync(Finished);
        await new RunSession(
            Finished.Parse(), run, new Recorder(), TimeProvider.System, workerProgram: null)
            .RunAsync(CancellationToken.None);
    }

    private async Task<string> RunIdAsync(CommandLine arguments)
    {
        using var run = await _sample.PrepareAsync(arguments);
        return run.Core.Run.RunId;
    }

    private IReadOnlyList<Leftover> Find(TimeSpan later = default)
    {
        Directory.CreateDirectory(_sample["tmp"]);
        return new Leftovers(_sample["cache"], _sample["tmp"], new Later(later)).Find(_sample["runs", ".."]);
    }

    private static IEnumerable<string?> Names(string folder) =>
        Directory.GetFileSystemEntries(folder).Select(Path.GetFileName);

    private sealed class Later(TimeSpan span) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + span;
    }
}

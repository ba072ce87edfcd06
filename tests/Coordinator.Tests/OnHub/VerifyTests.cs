using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary><c>verify</c> and <c>status</c> of runs on the Hub, with what the environment says of it.</summary>
public sealed class VerifyTests
{
    [Fact]
    public async Task Verify_NotYetPublished_AsksTheStorageAndScoresRowsOfTheInputAgain()
    {
        await using var hub = await HubRun.StartAsync();
        var commit = hub.Put("alice/web", [.. Directory.GetFiles(hub.Sample["in"]).Select(path =>
            ("data/" + Path.GetFileName(path), Padded(File.ReadAllBytes(path))))]);
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        hub.Put("alice/web", ("data/000_00000.parquet", [1]));
        hub.Server.Log.Clear();

        var (exitCode, output, errors) = await CallAsync(hub, "verify", "--sample", "1000", "--device", "cpu");

        Assert.Equal((ExitCode.Success, ""), (exitCode, errors));
        Assert.Contains(
            "4 shards in the storage of datasets/alice/edu and not committed yet are as the ledger says; ", output,
            StringComparison.Ordinal);
        Assert.Matches(@"^fetched [0-9]{3},[0-9]{3} of 8,[0-9,]+ bytes in 12 requests\n", output);
        Assert.Equal(1, hub.Server.Log.Count(RequestKind.LfsBatch));
        // The commit that the run is pinned to, whatever has become of the branch.
        Assert.All(
            hub.Server.Log.Entries.Where(entry => entry.Kind == RequestKind.Resolve),
            entry => Assert.Contains(commit, entry.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_Published_ReadsTheShardsOfItsCommitByRanges(bool missesAFile)
    {
        await using var hub = await HubRun.StartAsync();
        if (missesAFile)
            hub.Put("alice/web", ("data/000_00001.parquet", [.. new byte[100]]));
        var arguments = hub.Publishing.With("--allow-missing", missesAFile ? "true" : "false");
        await ScoredRun.CompleteAsync(hub, arguments);
        await ScoredRun.PublishAsync(hub, arguments);
        var commit = Assert.Single(hub.Commits());
        // Someone has changed the branch since.
        hub.Put("alice/edu", (commit.Files.Keys.Last(name => name.StartsWith("data/", StringComparison.Ordinal)), [1]));
        hub.Server.Log.Clear();

        var (exitCode, output, errors) = await CallAsync(hub, "verify", "--sample", "5", "--device", "cpu");

        Assert.Equal((ExitCode.Success, ""), (exitCode, errors));
        Assert.Contains(
            $"{(missesAFile ? 3 : 4)} shards in datasets/alice/edu at {commit.Id} are as the ledger says; " +
            "5 rows scored again", output, StringComparison.Ordinal);
        Assert.InRange(hub.Server.Log.Count(RequestKind.ObjectGet), 1, missesAFile ? 3 : 4);
    }

    [Fact]
    public async Task Verify_OnlyTheInputIsOnTheHub_AsksTheHubNothing()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Arguments);
        hub.Server.Log.Clear();

        var (exitCode, output, _) = await CallAsync(hub, "verify", "--device", "cpu");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains($"4 shards in {hub.Sample["out"]} are as", output, StringComparison.Ordinal);
        Assert.Empty(hub.Server.Log.Entries);
    }

    [Fact]
    public async Task VerifyAndStatus_ARunThatCommitsInSteps_LookAtItsPullRequestToo()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1, 2]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [3]);
        hub.Server.Log.Clear();

        var (exitCode, output, errors) = await CallAsync(hub, "verify", "--sample", "1000", "--device", "cpu");
        var (_, status, _) = await CallAsync(hub, "status");
        var (_, json, _) = await CallAsync(hub, "status", "--json");

        Assert.Equal((ExitCode.Success, ""), (exitCode, errors));
        Assert.Contains(
            "4 shards in datasets/alice/edu, 3 of them on refs/pr/1 and the others in its storage, are as the ledger " +
            "says; ", output, StringComparison.Ordinal);
        Assert.Equal(1, hub.Server.Log.Count(RequestKind.PathsInfo));
        Assert.Contains("\n3 of 4 shards are safe on refs/pr/1\n", status, StringComparison.Ordinal);
        Assert.Matches("\"safe\": \\{\\s*\"shards\": 3,\\s*\"revision\": \"refs/pr/1\"", json);

        // Someone has pushed something else to the pull request.
        var repository = hub.Repository("alice/edu");
        var head = repository.Require("refs/pr/1");
        repository.State.Refs["refs/pr/1"] = repository.Add(head, "by hand", "", (_, files) =>
            files.Remove("data/train-00001-of-00004.parquet")).Id;
        var (again, faults, _) = await CallAsync(hub, "verify", "--device", "cpu");
        Assert.Equal(ExitCode.Failure, again);
        Assert.Equal(
            "datasets/alice/edu/data/train-00001-of-00004.parquet: the shard is not there\n1 check failed\n", faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_AScoreIsWrong_NamesTheRowAndFails(bool published)
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing, (row, score) => row == 7 ? 4.5f : score);
        if (published)
            await ScoredRun.PublishAsync(hub, hub.Publishing);

        var (exitCode, output, _) = await CallAsync(hub, "verify", "--sample", "1000", "--device", "cpu");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Matches(
            @"datasets/alice/edu/data/train-00000-of-00004\.parquet: row \d+ has score 4\.5, scored again ", output);
        Assert.Contains("4 checks failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_StorageHasDroppedAShard_SaysThatTheRunBuildsItAgain()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        File.Delete(Directory.GetFiles(Path.GetDirectoryName(hub.Repository("alice/edu").LfsFile("x"))!)[0]);

        var (exitCode, output, _) = await CallAsync(hub, "verify", "--device", "cpu");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Matches(
            @"^datasets/alice/edu/data/train-\S+: the Hub's storage has dropped the shard; the same 'coordinator run' ",
            output);
        Assert.Contains("1 check failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_PublishedShardsAreNotToBeHad_IsOneLine()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        await ScoredRun.PublishAsync(hub, hub.Publishing);
        (int Status, string Code, string Reason)[] refusals =
        [
            (404, "RevisionNotFound", "by which this run was published, is no longer there"),
            (404, "RepoNotFound", "datasets/alice/edu does not exist, or it is private and the token may not see it"),
            (401, "", "the Hub refused the token"),
            (403, "", "the token lacks the right"),
            (403, "GatedRepo", "accept the terms of datasets/alice/edu"),
        ];
        foreach (var (status, code, reason) in refusals)
        {
            hub.Server.Faults.Add(new Fault
            {
                Kind = RequestKind.PathsInfo,
                Status = status,
                Headers = new Dictionary<string, string> { ["X-Error-Code"] = code },
            });

            var (exitCode, output, errors) = await CallAsync(hub, "verify", "--device", "cpu");

            Assert.Equal((ExitCode.Failure, ""), (exitCode, output));
            Assert.Contains(reason, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Verify_PublishedShardIsGone_NamesIt()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        await ScoredRun.PublishAsync(hub, hub.Publishing);
        // The answer leaves out what does not exist.
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PathsInfo, Status = 200, Body = "[]" });

        var (exitCode, output, _) = await CallAsync(hub, "verify", "--device", "cpu");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains(
            "datasets/alice/edu/data/train-00002-of-00004.parquet: the shard is not there\n", output,
            StringComparison.Ordinal);
        Assert.EndsWith("4 checks failed\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusExamples_InputOnTheHub_ShowsWordsAndTellsWhatWasFetched()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing, (row, score) => row == 0 ? -9 : score);

        var (exitCode, output, _) = await CallAsync(hub, "status", "--examples", "4");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("lowest scores:\n   -9.000  data/000_0000", output, StringComparison.Ordinal);
        Assert.Contains(" row 0: Solving quadratic", output, StringComparison.Ordinal);
        Assert.Matches(@"\nfetched [0-9,]+ of [0-9,]+ bytes in \d+ requests\n$", output);
    }

    /// <summary>A Parquet file that is much longer between its data and its footer.</summary>
    private static byte[] Padded(byte[] file)
    {
        var footer = file.Length - 8 - BitConverter.ToInt32(file, file.Length - 8);
        return [.. file[..footer], .. new byte[2 << 20], .. file[footer..]];
    }

    private static async Task<(int ExitCode, string Output, string Errors)> CallAsync(
        HubRun hub, string command, params string[] options)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await CommandLineApp.RunAsync(
            new RootCommand
            {
                StatusCommandLine.Create(output, hub.Environment, TimeProvider.System),
                VerifyCommandLine.Create(output, hub.Environment),
            },
            [command, "--run", hub.Sample["run"], .. options], CancellationToken.None, errors);
        return (exitCode, output.ToString(), errors.ToString());
    }
}

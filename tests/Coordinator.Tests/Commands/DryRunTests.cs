using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Tests.OnHub;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class DryRunTests : IDisposable
{
    private readonly SampleRun _sample = new();

    private CommandLine Arguments => _sample.Arguments.With("--docs-per-second", "40");

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData("auto", false, "all at the end; should shards have to wait for it longer than 3 h 0 min, in steps to a " +
        "pull request that is merged at the end (--publish)")]
    [InlineData("steps", true, "in steps to the pull request, which is not merged")]
    [InlineData("end", false, "all at the end")]
    public void Publishing_SaysWhenShardsWouldBeCommitted(string mode, bool proposes, string expected) => Assert.Equal(
        $"publishing: {expected}",
        DryRunReport.PublishingText(new PublishOptions(proposes)
        {
            Mode = Enum.Parse<PublishMode>(mode, ignoreCase: true),
        }));

    [Fact]
    public async Task DryRun_SpeedGiven_ReckonsByItAndCreatesNothing()
    {
        var (exit, text) = await ShowAsync(Arguments);

        Assert.Equal(ExitCode.Success, exit);
        Assert.Contains("about 4.0 s at 40 docs/s, as given by --docs-per-second", text, StringComparison.Ordinal);
        Assert.False(Path.Exists(_sample["run"]));
        Assert.False(Path.Exists(_sample["out"]));
    }

    [Fact]
    public async Task DryRun_Json_IsOneObjectWithTheMeasuredSpeed()
    {
        var (_, text) = await ShowAsync(_sample.Arguments.With("--json", "true"));

        var told = JsonNode.Parse(text)!;
        Assert.Equal(
            ("dry_run", 4, 160), ((string)told["event"]!, (int)told["files"]!, (int)told["rows"]!));
        Assert.True((double)told["documents_per_second"]! > 0);
        Assert.True((double)told["seconds_left"]! > 0);
        Assert.NotNull(told["device"]);
        Assert.NotEmpty(told["disks"]!.AsArray());
    }

    [Fact]
    public async Task DryRun_FileThatWouldFail_ExitsAsTheRunWould()
    {
        await File.WriteAllTextAsync(_sample["in", "000_00001.parquet"], "no parquet");

        var (exit, text) = await ShowAsync(Arguments);

        Assert.Equal(ExitCode.FilesFailed, exit);
        Assert.Contains($"would fail: {_sample["in", "000_00001.parquet"]}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_WhatARunRefuses_IsRefused()
    {
        var shard = _sample["out", "data", "train-00000-of-00009.parquet"];
        await File.WriteAllTextAsync(shard, "of another run");

        var foreign = await Assert.ThrowsAsync<UserErrorException>(() => ShowAsync(Arguments));
        var (_, replaced) = await ShowAsync(Arguments.With("--overwrite", "true"));
        _sample.RoomOf = _ => new DiskRoom("/", 100);
        var full = await Assert.ThrowsAsync<UserErrorException>(
            () => ShowAsync(Arguments.With("--overwrite", "true")));

        Assert.StartsWith($"{shard}: this shard is there already", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("1 shard of another run there would be replaced", replaced, StringComparison.Ordinal);
        Assert.Contains("100 bytes free", full.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(shard));
    }

    [Fact]
    public async Task DryRun_OfARunThatWasStarted_TellsWhatIsLeftAndChecksItsOptions()
    {
        var arguments = _sample.Arguments.With("--window-rows", "4", "--docs-per-second", "1");
        await ScoredRun.CompleteAsync(_sample, arguments);
        File.Delete(_sample["out", "data", "train-00001-of-00004.parquet"]);

        var (_, text) = await ShowAsync(arguments);
        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => ShowAsync(arguments.With("--keep", "all")));

        Assert.Contains("the run goes on: 160 rows scored, 3 shards done", text, StringComparison.Ordinal);
        Assert.Contains("about 0.0 s", text, StringComparison.Ordinal);
        Assert.Contains("--keep int3 (now all)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("it is built again", Assert.Single(_sample.Warnings), StringComparison.Ordinal);
        using var run = await _sample.PrepareAsync(arguments);
        await Assert.ThrowsAsync<UserErrorException>(() => ShowAsync(arguments));
    }

    [Theory]
    [InlineData(RequestKind.Preupload, "cannot upload to datasets/alice/edu")]
    [InlineData(RequestKind.WhoAmI, "cannot ask who the token belongs to")]
    public async Task DryRun_TokenMayNotWrite_IsRefused(string kind, string reason)
    {
        await using var hub = await HubRun.StartAsync();
        if (kind == RequestKind.Preupload)
            hub.Server.Store.Create("datasets", "alice/edu", isPrivate: false);
        hub.Server.Faults.Add(new Fault { Kind = kind, Status = 403, Times = 100 });

        var refusal = await Assert.ThrowsAsync<HubException>(() => ShowAsync(hub, hub.Publishing));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_DatasetOrBranchIsNotThere_SaysThatItWouldBeCreatedAndDoesNot()
    {
        await using var hub = await HubRun.StartAsync();

        var first = await ShowAsync(hub, hub.Publishing.With("--private", "true"));
        Assert.Null(hub.Server.Store.Find("datasets", "alice/edu"));
        hub.Server.Store.Create("datasets", "alice/edu", isPrivate: true);
        var second = await ShowAsync(hub, hub.Publishing.With("--private", "true", "--revision", "next"));
        var other = await Assert.ThrowsAsync<HubException>(
            () => ShowAsync(hub, hub.Arguments.With("--output", "hf://datasets/bob/edu")));

        Assert.Contains("datasets/alice/edu is not there: it would be created as a private dataset", first,
            StringComparison.Ordinal);
        Assert.Contains("\npublishing: all at the end; should ", first, StringComparison.Ordinal);
        Assert.Contains("datasets/alice/edu has no branch next: it would be created", second, StringComparison.Ordinal);
        Assert.Contains("cannot create datasets/bob/edu", other.Message, StringComparison.Ordinal);
    }

    private static async Task<string> ShowAsync(HubRun hub, CommandLine arguments) =>
        (await ShowAsync(hub.Sample, arguments.With("--docs-per-second", "1"))).Output;

    private Task<(int Exit, string Output)> ShowAsync(CommandLine arguments) => ShowAsync(_sample, arguments);

    private static async Task<(int Exit, string Output)> ShowAsync(SampleRun sample, CommandLine arguments)
    {
        var options = arguments.Parse();
        using var output = new StringWriter();
        var exit = await new DryRunReport(options, output, TimeProvider.System).ShowAsync(
            sample.Preparation(options), CancellationToken.None);
        return (exit, output.ToString());
    }
}

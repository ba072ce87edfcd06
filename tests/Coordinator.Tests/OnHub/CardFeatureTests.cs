namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>The columns that a card lists.</summary>
public sealed class CardFeatureTests
{
    [Fact]
    public async Task Run_FilesWhoseColumnsDiffer_ListsThoseThatAllShardsHave()
    {
        await using var hub = await HubRun.StartAsync();
        var (a, b) = (hub.Sample["mine", "a.parquet"], hub.Sample["mine", "b.parquet"]);
        SmallFiles.WriteDiffering(a, b);
        hub.Put(
            "alice/mixed",
            [("a.parquet", await File.ReadAllBytesAsync(a)), ("b.parquet", await File.ReadAllBytesAsync(b))]);
        // The scripted workers read the inputs here.
        File.Copy(a, hub.Sample["in", "a.parquet"]);
        File.Copy(b, hub.Sample["in", "b.parquet"]);

        await HubSession.RunAsync(
            hub, hub.Publishing.With("--input", "hf://datasets/alice/mixed"),
            new HubBuilder(hub) { HandOver = HubBuilder.UploadAsync }.WorkAsync);

        var commit = Assert.Single(hub.Commits());
        var card = hub.Repository("alice/edu").ReadText(commit, "README.md")!;
        Assert.Equal(["text", "url", "score", "int_score"], Features(card));
        Assert.Contains(
            "column 'n' differs between files: int64 in a.parquet, string in b.parquet", hub.Sample.Warnings);
    }

    [Fact]
    public async Task Run_MetadataThatIsNotTrue_ListsWhatColumnsAre()
    {
        await using var hub = await HubRun.StartAsync();
        var path = hub.Sample["in", "a.parquet"];
        SmallFiles.Write(
            path, [SmallFiles.Text("text"), SmallFiles.Text("meta")],
            """{"info":{"features":{"meta":{"dtype":"null","_type":"Value"},"gone":{"_type":"Image"}}}}""");
        hub.Put("alice/one", [("a.parquet", await File.ReadAllBytesAsync(path))]);

        await HubSession.RunAsync(
            hub, hub.Publishing.With("--input", "hf://datasets/alice/one"),
            new HubBuilder(hub) { HandOver = HubBuilder.UploadAsync }.WorkAsync);

        var card = hub.Repository("alice/edu").ReadText(Assert.Single(hub.Commits()), "README.md")!;
        Assert.Equal(["text", "meta", "score", "int_score"], Features(card));
        Assert.Contains("  - name: meta\n    dtype: string\n", card, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Features(string card) => card.Split('\n')
        .SkipWhile(line => line.Trim() != "features:")
        .TakeWhile(line => line.Trim() != "splits:")
        .Where(line => line.StartsWith("  - name: ", StringComparison.Ordinal))
        .Select(line => line[10..]);
}

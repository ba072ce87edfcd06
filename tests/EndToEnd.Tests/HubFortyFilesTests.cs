using System.IO.Enumeration;
using FineWebTorch.FaultyWorker;
using FineWebTorch.Hub.Tests;
using FineWebTorch.HubEmulator;
using FineWebTorch.Parquet;
using ParquetSharp;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A dataset of many files and several workers, as a real run has them.</summary>
public sealed class HubFortyFilesTests(HubFolder hub, ITestOutputHelper output) : IClassFixture<HubFolder>
{
    private const int Files = 40;
    private const int Workers = 4;
    private const int RowsOfAFile = 4;

    [Fact]
    public async Task Run_FortyFilesAndFourWorkers_SendsEachShardOnceAndCommitsOnce()
    {
        hub.Put("alice/many", [.. Slices()]);
        await using var coordinator = hub.Coordinate("forty", input: "alice/many");
        var workers = new List<ProgramProcess>();
        // On until all are at work: one that begins late is not to find the run over.
        var brake = hub.In("brake");
        await File.WriteAllTextAsync(brake, "", CancellationToken.None);
        var device = new FaultyDevice { MillisecondsPerDocument = 500, Brake = brake };
        try
        {
            for (var index = 0; index < Workers; index++)
                workers.Add(await hub.WorkAsync(coordinator, device: device));
            foreach (var worker in workers)
                await worker.LineWithAsync("scoring ");
            File.Delete(brake);
            Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
            foreach (var worker in workers)
                Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        }
        finally
        {
            foreach (var worker in workers)
                await worker.DisposeAsync();
        }

        var counts = hub.Server.Log.Counts();
        var lines = counts.Select(pair => $"{pair.Key}: {pair.Value}").ToList();
        lines.ForEach(output.WriteLine);
        await File.WriteAllLinesAsync(
            Path.Combine(TestData.RepositoryRoot, "artifacts", "hub-requests.txt"), lines, CancellationToken.None);
        Assert.Equal(Files, hub.PublishedOnce("forty").Values.Distinct().Count());
        // The storage is asked for every upload and once for all before the commit.
        Assert.Equal(
            (Files, Files, Files + 1, 1),
            (counts[RequestKind.ObjectPut], counts[RequestKind.LfsVerify], counts[RequestKind.LfsBatch],
                counts[RequestKind.Commit]));
        var sent = hub.Server.Log.Of(RequestKind.ObjectPut).Select(entry => entry.Path);
        Assert.Equal(Files, sent.Distinct(StringComparer.Ordinal).Count());
        await AssertDescribedAsync(hub.Commits("forty")[0]);
    }

    /// <summary>What the card says, as js-yaml reads it, is so; the official client lists the same files.</summary>
    private async Task AssertDescribedAsync(StoredCommit commit)
    {
        var repository = hub.Server.Store.Find("datasets", "alice/forty")!;
        var card = await YamlPeer.FrontMatterAsync(repository.ReadText(commit, "README.md")!);
        var pattern = (string)card["configs"]![0]!["data_files"]![0]!["path"]!;
        var shards = commit.Files.Where(file => FileSystemName.MatchesSimpleExpression(pattern, file.Key)).ToList();
        Assert.Equal(
            Enumerable.Range(0, Files).Select(index => $"data/train-{index:00000}-of-{Files:00000}.parquet"),
            shards.Select(shard => shard.Key));
        Assert.Equal(
            shards.Sum(shard => ParquetFile.Inspect(repository.ContentFile(shard.Value)).Rows),
            (long)card["dataset_info"]!["splits"]![0]!["num_examples"]!);
        Assert.Equal(shards.Sum(shard => shard.Value.Size), (long)card["dataset_info"]!["download_size"]!);
        var listed = await NodeHubClient.RunAsync(hub.Server, "list", "alice/forty", "main");
        Assert.Equal(commit.Files.Keys, listed.AsArray().Select(path => (string)path!));
    }

    /// <summary>The sample, a few rows a file.</summary>
    private IEnumerable<(string Path, byte[] Content)> Slices()
    {
        var sample = Path.Combine(TestData.RepositoryRoot, "data", "sample");
        for (var index = 0; index < Files; index++)
        {
            var slice = hub.In($"slice-{index}.parquet");
            WriteSlice(Path.Combine(sample, $"000_0000{index / 10}.parquet"), index % 10 * RowsOfAFile, slice);
            yield return ($"data/{index:000}.parquet", File.ReadAllBytes(slice));
        }
    }

    private static void WriteSlice(string sample, int firstRow, string path)
    {
        using var rows = TextColumnReader.Open(sample, "text", firstRow, "id", firstRow + RowsOfAFile);
        Assert.True(rows.Read());
        using var file = new ParquetFileWriter(path, [new Column<string>("id"), new Column<string>("text")]);
        using (var group = file.AppendRowGroup())
        {
            using (var ids = group.NextColumn().LogicalWriter<string?>())
                ids.WriteBatch([.. Enumerable.Range(0, rows.Count).Select(rows.Id)]);
            using var texts = group.NextColumn().LogicalWriter<string>();
            texts.WriteBatch([.. Enumerable.Range(0, rows.Count)
                .Select(row => System.Text.Encoding.UTF8.GetString(rows.Text(row)))]);
        }
        file.Close();
    }
}

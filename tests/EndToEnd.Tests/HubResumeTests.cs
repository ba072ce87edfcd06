using System.Globalization;
using FineWebTorch.HubEmulator;
using ParquetSharp;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A worker that is killed while it downloads an input, and started again with the same cache.</summary>
public sealed class HubResumeTests(HubFolder hub) : IClassFixture<HubFolder>
{
    /// <summary>What a worker asks for in one request.</summary>
    private const int Part = 16 << 20;

    [Fact]
    public async Task Worker_KilledInMidDownload_GoesOnAtTheByteWhereItStopped()
    {
        var content = LargeFile();
        Assert.InRange(content.Length, (2 * Part) + 1, 3 * Part);
        hub.Put("alice/large", ("data/large.parquet", content));
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Server.Faults.Add(
            new Fault { Kind = RequestKind.ObjectGet, RangeStart = 2 * Part, Stall = true, Reached = silent });
        // The report would read its examples from the Hub.
        await using var coordinator = hub.Coordinate(
            "scores-of-large", input: "alice/large", options: ["--report-examples", "0"]);
        await using (var worker = await hub.WorkAsync(coordinator))
        {
            await Task.WhenAny(Task.WhenAll(silent.Task, StoredAsync(2 * Part)), worker.ExitAsync());
            Assert.True(silent.Task.IsCompleted, worker.Errors);
            worker.Signal("KILL");
            await worker.ExitAsync();
        }

        hub.Server.Log.Clear();
        await using var successor = await hub.WorkAsync(coordinator);
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await successor.ExitAsync() == 0, successor.Errors);

        Assert.Single(hub.PublishedOnce("scores-of-large"));
        // The coordinator reads footers, which are small.
        var asked = hub.Server.Log.Of(RequestKind.ObjectGet).Select(entry => entry.Range!)
            .Where(range => Length(range) > 1 << 20);
        Assert.Equal([$"bytes={2 * Part}-{content.Length - 1}"], asked);
        Assert.Empty(Directory.GetFiles(hub.In("cache"), "*.incomplete", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(hub.In("cache"), "*.parquet", SearchOption.AllDirectories));
    }

    private static long Length(string range)
    {
        var ends = range["bytes=".Length..].Split('-')
            .Select(end => long.Parse(end, CultureInfo.InvariantCulture)).ToList();
        return ends[1] - ends[0] + 1;
    }

    /// <summary>Until a download of the worker has so many bytes on disk.</summary>
    private async Task StoredAsync(long bytes)
    {
        using var watch = new FileSystemWatcher(Directory.CreateDirectory(hub.In("cache")).FullName)
        {
            IncludeSubdirectories = true,
        };
        while (!Directory.EnumerateFiles(hub.In("cache"), "*.incomplete", SearchOption.AllDirectories)
            .Any(file => new FileInfo(file).Length >= bytes))
            await Task.Run(() => watch.WaitForChanged(WatcherChangeTypes.All, TimeSpan.FromMilliseconds(100)));
    }

    /// <summary>Few documents, each of them long: quickly scored and slowly downloaded.</summary>
    private byte[] LargeFile()
    {
        var path = hub.In("large.parquet");
        var random = new Random(1);
        using (var file = new ParquetFileWriter(
            path, [new Column<long>("id"), new Column<string>("text")], Compression.Uncompressed))
        {
            using var group = file.AppendRowGroup();
            using (var ids = group.NextColumn().LogicalWriter<long>())
                ids.WriteBatch([.. Enumerable.Range(0, 40).Select(row => (long)row)]);
            using (var texts = group.NextColumn().LogicalWriter<string>())
                texts.WriteBatch([.. Enumerable.Range(0, 40).Select(_ => Text())]);
            file.Close();
        }
        return File.ReadAllBytes(path);

        string Text() =>
            string.Join(' ', Enumerable.Range(0, 50_000).Select(_ => random.NextInt64(1L << 62, long.MaxValue)));
    }
}
